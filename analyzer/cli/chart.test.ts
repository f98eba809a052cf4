import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ChartInput, chartLegend, renderChart } from './chart.ts';
import { columnsOf, createPaint, wantsAscii } from './paint.ts';

const START = 1_700_000_000;
const points = (from: number, values: readonly number[]) =>
  values.map((value, index) => ({ time: from + index * 600, value }));
const past = points(
  START,
  Array.from({ length: 100 }, (_, i) => 50 + 30 * Math.sin(i / 8)),
);
const median = points(
  START + 60_000,
  Array.from({ length: 60 }, (_, i) => 60 + i),
);
const band = (width: number) => ({
  lower: median.map(({ value }) => value - width),
  upper: median.map(({ value }) => value + width),
});
const input: ChartInput = { past, median, bands: [band(5), band(10)], limit: 100, unit: 'other' };
const style = { columns: 80, rows: 15, ascii: false, paint: createPaint({}, {}) };
const draw = (changes: Partial<ChartInput> = {}, look = {}) =>
  renderChart({ ...input, ...changes }, { ...style, ...look });

test('every line fits, at any width', () => {
  for (const columns of [60, 80, 132, 200])
    for (const line of draw({}, { columns })) assert.ok([...line].length <= columns, line);
});

test('past, expectation, both bands, limit and now are drawn and named', () => {
  const text = draw().join('\n');
  for (const sign of ['•', '●', '▒', '░', '╌', '┊', 'now']) assert.ok(text.includes(sign), sign);
  assert.match(text, /^ {7}100 ┤.*╌/m);
  assert.match(chartLegend(style, [0.8, 0.95]), /▒ 80 % interval {3}░ 95 %/);
});

test('the expectation begins where the past ends', () => {
  const rows = draw({ limit: undefined })
    .slice(0, 15)
    .map((line) => [...line]);
  const last = (sign: string) => Math.max(...rows.map((row) => row.lastIndexOf(sign)));
  const first = Math.min(...rows.map((row) => row.indexOf('●')).filter((at) => at >= 0));
  assert.ok(Math.abs(first - last('•')) <= 1);
});

test('in the C locale only ASCII is written', () => {
  assert.match(draw({}, { ascii: true }).join(''), /^[\x20-\x7e]*$/);
  assert.equal(wantsAscii({ LC_ALL: 'C' }), true);
  assert.equal(wantsAscii({ LANG: 'C', LC_ALL: 'en_US.UTF-8' }), false);
  assert.equal(wantsAscii({}), false);
});

test('a constant series, gaps and a band that explodes still make a chart', () => {
  const flat = draw({
    past: points(START, [5, 5, 5]),
    median: points(START + 1800, [5, 5]),
    bands: [],
  });
  assert.ok(flat.join('').includes('●'));
  const gaps = past.map(({ time }, i) => ({ time, value: i % 3 === 0 ? Number.NaN : 50 }));
  assert.ok(draw({ past: gaps }).join('').includes('•'));
  const wide = { lower: median.map(() => -1e9), upper: median.map(() => 1e9) };
  const labels = draw({ bands: [wide], limit: undefined }).join('\n');
  assert.doesNotMatch(labels, /G ┤|M ┤/);
});

test('a limit far away does not squeeze the chart, nothing at all draws nothing', () => {
  assert.ok(!draw({ limit: 1e9 }).join('').includes('╌'));
  assert.deepEqual(draw({ median: [] }), []);
  assert.deepEqual(draw({ past: [] }), []);
});

test('colour only on a terminal that wants it', () => {
  const paint = (tty: boolean, env: Record<string, string>) =>
    createPaint({ isTTY: tty }, env)('x', 'red');
  assert.equal(paint(true, {}), '\u001b[31mx\u001b[0m');
  assert.equal(paint(true, { NO_COLOR: '' }), '\u001b[31mx\u001b[0m');
  for (const plain of [
    paint(false, {}),
    paint(true, { NO_COLOR: '1' }),
    paint(true, { TERM: 'dumb' }),
  ])
    assert.equal(plain, 'x');
});

test('the width is the terminal’s, bounded, and 80 without one', () => {
  assert.equal(columnsOf({ columns: 120 }, {}), 120);
  assert.equal(columnsOf({ columns: 20 }, {}), 60);
  assert.equal(columnsOf({}, {}), 80);
  assert.equal(columnsOf({}, { COLUMNS: '100' }), 100);
  assert.equal(columnsOf({}, { COLUMNS: 'wide' }), 80);
});
