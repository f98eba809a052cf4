import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Grid, type Querier, QueryError } from '../prometheus/querier.ts';
import type { Point, Series } from '../series/series.ts';
import { createHistoryReader, type HistoryRequest } from './forecast-history.ts';

const SIGNAL = { expr: 'load', unit: 'other' } as const;
const NOW = 1_000_000;

/** A server whose value is the time, of so many series. */
function serverOf(count: number, fails: (grid: Grid) => boolean = () => false) {
  const asked: Grid[] = [];
  const labels = Array.from({ length: count }, (_, index) => ({ id: String(index) }));
  const querier: Querier = {
    instant: async (_promql, at) =>
      labels.map((own): Point => ({ labels: own, time: at, value: at - Number(own.id) })),
    range: async (_promql, grid) => {
      asked.push(grid);
      if (fails(grid)) throw new QueryError('timeout', 'too slow');
      const length = Math.round((grid.to - grid.from) / grid.step) + 1;
      const values = Float64Array.from({ length }, (_, i) => grid.from + i * grid.step);
      return labels.map(
        (own): Series => ({ labels: own, start: grid.from, step: grid.step, values }),
      );
    },
  };
  return { querier, asked };
}

function request(now: number, more: Partial<HistoryRequest> = {}): HistoryRequest {
  const report = (reason: string, detail: string) => assert.fail(`${reason}: ${detail}`);
  return { name: 'load', signal: SIGNAL, horizon: 600, now, maxSubjects: 10_000, report, ...more };
}

const isWhole = ({ start, step, values }: Series) =>
  values.length === 240 && values.every((value, index) => value === start + index * step);

test('many series are asked for in parts of the time, without a hole between them', async () => {
  const { querier, asked } = serverOf(1_200);
  const series = await createHistoryReader(querier).read(request(NOW));
  assert.equal(series.length, 1_200);
  assert.ok(series.every(isWhole));
  assert.ok(asked.length > 1);
  for (const { from, to, step } of asked)
    assert.ok(((to - from) / step + 1) * 1_200 <= 250_000, `${from} to ${to}`);
});

test('no query asks for more points than the server answers', async () => {
  const { querier, asked } = serverOf(1);
  const signal = { ...SIGNAL, history: 2016 * 10, season: [] };
  await createHistoryReader(querier).read(request(NOW, { signal }));
  assert.ok(asked.every(({ from, to, step }) => (to - from) / step + 1 <= 11_000));
});

test('what failed is read again: no part is lost', async () => {
  let isDown = false;
  const { querier } = serverOf(1_200, ({ to }) => isDown && to >= NOW + 900);
  const reader = createHistoryReader(querier);
  await reader.read(request(NOW));
  isDown = true;
  await assert.rejects(reader.read(request(NOW + 1_500)), QueryError);
  isDown = false;
  const series = await reader.read(request(NOW + 1_600));
  assert.ok(series.every(isWhole));
  assert.equal(series[0]!.start + 239 * 10, NOW + 1_600);
});

test('a first reading that broke off is begun anew', async () => {
  let isDown = true;
  const { querier } = serverOf(1_200, ({ to }) => isDown && to >= NOW);
  const reader = createHistoryReader(querier);
  await assert.rejects(reader.read(request(NOW)), QueryError);
  isDown = false;
  assert.ok((await reader.read(request(NOW))).every(isWhole));
});

test('after a clock that went back the values are still where they belong', async () => {
  const { querier } = serverOf(3);
  const reader = createHistoryReader(querier);
  await reader.read(request(NOW));
  const series = await reader.read(request(NOW - 200));
  assert.ok(series.every(isWhole));
});

test('the same expression on another grid is another history', async () => {
  const { querier } = serverOf(1);
  const reader = createHistoryReader(querier);
  const short = { ...SIGNAL, history: 1_000 };
  const coarse = { ...SIGNAL, step: 30 };
  for (const signal of [SIGNAL, short, coarse, SIGNAL]) {
    const [series] = await reader.read(request(NOW, { signal }));
    const want = signal === short ? [10, 100] : [signal === coarse ? 30 : 10, 240];
    assert.deepEqual([series?.step, series?.values.length], want);
  }
});

test('series that have gone are not kept, and where they are many not asked for again', async () => {
  const asked: string[] = [];
  const { querier } = serverOf(900);
  const churning: Querier = {
    instant: async (promql, at) => (await querier.instant(promql, at)).slice(0, 2),
    range: async (promql, grid) => {
      asked.push(promql);
      const all = await querier.range(promql, grid);
      return promql === 'load' ? all : all.slice(0, 2);
    },
  };
  const reader = createHistoryReader(churning);
  for (const now of [NOW, NOW + 100]) {
    const series = await reader.read(request(now));
    assert.deepEqual([series.length, series.every(isWhole)], [2, true]);
  }
  const filtered = (to: number) =>
    `(load) and (topk(10000, last_over_time((load)[10s:10s] @ ${to})))`;
  assert.deepEqual(asked, ['load', filtered(NOW + 100)]);
});
