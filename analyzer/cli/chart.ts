// A line chart of text: the past, the forecast that joins it with its bands, the limit. Pure: no terminal, no clock.
import type { Paint, Style } from './paint.ts';
import { formatClock, formatValue } from './quantity.ts';

const AXIS_WIDTH = 10;
const MIN_ROWS = 6;
/** Rows between two labels of the vertical axis. */
const LABEL_ROWS = 4;
/** Columns between two labels of the time axis. */
const LABEL_COLUMNS = 14;
/** The widest band may stretch the chart to this many times what is inside of it. */
const MAX_STRETCH = 2;
const DAY_SECONDS = 86_400;

export interface ChartPoint {
  /** Unix seconds. */
  readonly time: number;
  readonly value: number;
}

export interface ChartInput {
  readonly past: readonly ChartPoint[];
  readonly median: readonly ChartPoint[];
  /** Narrowest first. */
  readonly bands: readonly {
    readonly lower: readonly number[];
    readonly upper: readonly number[];
  }[];
  readonly limit?: number | undefined;
  readonly unit: string;
}

export interface ChartStyle {
  readonly columns: number;
  readonly rows: number;
  readonly ascii: boolean;
  readonly paint: Paint;
}

interface Glyph {
  readonly text: string;
  readonly style: Style;
}

interface Scale {
  readonly column: (time: number) => number;
  readonly row: (value: number) => number;
  readonly timeAt: (column: number) => number;
  readonly valueAt: (row: number) => number;
  readonly width: number;
  readonly rows: number;
}

/** Lines of at most `columns` characters (colour codes not counted); empty without any point of the past or the future. */
export function renderChart(input: ChartInput, style: ChartStyle): string[] {
  if (input.median.length === 0 || input.past.length === 0) return [];
  const scale = scaleOf(input, style);
  const cells: (Glyph | undefined)[][] = Array.from({ length: scale.rows }, () => []);
  const glyphs = style.ascii ? ASCII : UNICODE;
  drawLimit(cells, { input, scale, glyph: glyphs.limit });
  drawNow(cells, { input, scale, glyph: glyphs.now });
  for (const [index, band] of [...input.bands].reverse().entries()) {
    const glyph = index < input.bands.length - 1 ? glyphs.outer : glyphs.inner;
    drawBand(cells, { median: input.median, band, scale, glyph });
  }
  drawLine(cells, { points: input.past, scale, glyph: glyphs.past });
  drawLine(cells, { points: input.median, scale, glyph: glyphs.median });
  return [...bodyLines(cells, { input, scale, style }), ...timeLines(scale, input, style)];
}

const UNICODE = {
  past: { text: '•', style: 'cyan' },
  median: { text: '●', style: 'yellow' },
  inner: { text: '▒', style: 'yellow' },
  outer: { text: '░', style: 'dim' },
  limit: { text: '╌', style: 'red' },
  now: { text: '┊', style: 'dim' },
} as const satisfies Record<string, Glyph>;

const ASCII = {
  past: { text: '*', style: 'cyan' },
  median: { text: 'o', style: 'yellow' },
  inner: { text: ':', style: 'yellow' },
  outer: { text: '.', style: 'dim' },
  limit: { text: '-', style: 'red' },
  now: { text: '|', style: 'dim' },
} as const satisfies Record<string, Glyph>;

/** What the signs mean, for the line below the chart. */
export function chartLegend({ ascii, paint }: ChartStyle, levels: readonly number[]): string {
  const { past, median, inner, outer } = ascii ? ASCII : UNICODE;
  const percent = (level: number | undefined) => `${Number(((level ?? 0) * 100).toPrecision(4))} %`;
  const parts: [Glyph, string][] = [
    [past, 'measured'],
    [median, 'expected'],
  ];
  if (levels.length > 0) parts.push([inner, `${percent(levels[0])} interval`]);
  if (levels.length > 1) parts.push([outer, percent(levels.at(-1))]);
  return parts.map(([glyph, text]) => `${paint(glyph.text, glyph.style)} ${text}`).join('   ');
}

function scaleOf(input: ChartInput, style: ChartStyle): Scale {
  const width = Math.max(20, style.columns - AXIS_WIDTH - 2);
  const rows = Math.max(MIN_ROWS, style.rows);
  const from = input.past[0]!.time;
  const span = Math.max(1, input.median.at(-1)!.time - from);
  const [low, high] = rangeOf(input);
  const height = high - low || Math.abs(high) || 1;
  const base = high === low ? low - height / 2 : low;
  const clamp = (value: number, top: number) => Math.max(0, Math.min(top, Math.round(value)));
  return {
    ...{ width, rows },
    column: (time) => clamp(((time - from) / span) * (width - 1), width - 1),
    row: (value) => clamp((1 - (value - base) / height) * (rows - 1), rows - 1),
    timeAt: (column) => from + (column / (width - 1)) * span,
    valueAt: (row) => base + (1 - row / (rows - 1)) * height,
  };
}

/** The past, the median and the bands, which may not squeeze the rest; the limit where it is near. */
function rangeOf({ past, median, bands, limit }: ChartInput): [number, number] {
  const inside = [...past, ...median].map(({ value }) => value).filter(Number.isFinite);
  let low = inside.reduce((a, b) => Math.min(a, b), Infinity);
  let high = inside.reduce((a, b) => Math.max(a, b), -Infinity);
  const stretch = (high - low || Math.abs(high)) * MAX_STRETCH;
  const [floor, roof] = [low - stretch, high + stretch];
  for (const { lower, upper } of bands) {
    for (const value of [...lower, ...upper]) {
      low = Math.min(low, Math.max(floor, value));
      high = Math.max(high, Math.min(roof, value));
    }
  }
  const near = limit !== undefined && limit >= floor && limit <= roof;
  return near ? [Math.min(low, limit), Math.max(high, limit)] : [low, high];
}

type Cells = (Glyph | undefined)[][];

function drawLimit(
  cells: Cells,
  { input, scale, glyph }: { input: ChartInput; scale: Scale; glyph: Glyph },
): void {
  const { limit } = input;
  if (limit === undefined || !isInside(limit, scale)) return;
  const row = cells[scale.row(limit)]!;
  for (let column = 0; column < scale.width; column++) row[column] = glyph;
}

function isInside(value: number, { valueAt, rows }: Scale): boolean {
  const slack = (valueAt(0) - valueAt(rows - 1)) * 1e-9;
  return value <= valueAt(0) + slack && value >= valueAt(rows - 1) - slack;
}

function drawNow(
  cells: Cells,
  { input, scale, glyph }: { input: ChartInput; scale: Scale; glyph: Glyph },
): void {
  const column = scale.column(input.past.at(-1)!.time);
  for (const row of cells) row[column] = glyph;
}

function drawBand(
  cells: Cells,
  {
    median,
    band,
    scale,
    glyph,
  }: {
    median: readonly ChartPoint[];
    band: ChartInput['bands'][number];
    scale: Scale;
    glyph: Glyph;
  },
): void {
  const first = scale.column(median[0]!.time);
  for (let column = first; column < scale.width; column++) {
    const at = nearestIndex(median, scale.timeAt(column));
    const top = scale.row(band.upper[at] ?? Number.NaN);
    const bottom = scale.row(band.lower[at] ?? Number.NaN);
    for (let row = top; row <= bottom; row++) cells[row]![column] = glyph;
  }
}

/** One mark a column at the mean of its points, and marks up and down to their extremes: spikes stay visible. */
function drawLine(
  cells: Cells,
  { points, scale, glyph }: { points: readonly ChartPoint[]; scale: Scale; glyph: Glyph },
): void {
  let before: number | undefined;
  const byColumn = Map.groupBy(
    points.filter(({ value }) => Number.isFinite(value)),
    ({ time }) => scale.column(time),
  );
  for (const [column, list] of byColumn) {
    const rows = list.map(({ value }) => scale.row(value));
    const top = rows.reduce((a, b) => Math.min(a, b));
    const bottom = rows.reduce((a, b) => Math.max(a, b));
    const last = rows.at(-1)!;
    // Joined to the column before, without drawing its row again.
    const from = before === undefined ? top : Math.min(top, before + 1);
    const to = before === undefined ? bottom : Math.max(bottom, before - 1);
    for (let row = from; row <= to; row++) cells[row]![column] = glyph;
    before = last;
  }
}

function nearestIndex(points: readonly ChartPoint[], time: number): number {
  const first = points[0]!.time;
  const step = points.length > 1 ? points[1]!.time - first : 1;
  return Math.max(0, Math.min(points.length - 1, Math.round((time - first) / step)));
}

function bodyLines(
  cells: Cells,
  { input, scale, style }: { input: ChartInput; scale: Scale; style: ChartStyle },
): string[] {
  const bar = style.ascii ? '|' : '┤';
  const limitRow =
    input.limit !== undefined && isInside(input.limit, scale) ? scale.row(input.limit) : undefined;
  return cells.map((row, index) => {
    const value = index === limitRow ? input.limit! : scale.valueAt(index);
    const labelled = index === limitRow || (index % LABEL_ROWS === 0 && index - 1 !== limitRow);
    const label = labelled ? formatValue(value, input.unit) : '';
    const text = label.slice(0, AXIS_WIDTH).padStart(AXIS_WIDTH);
    const body = Array.from({ length: scale.width }, (_, column) => {
      const glyph = row[column];
      return glyph === undefined ? ' ' : style.paint(glyph.text, glyph.style);
    }).join('');
    return `${index === limitRow ? style.paint(text, 'red') : text} ${bar}${body.trimEnd()}`;
  });
}

/** Clock times below the chart, with the day where the chart is longer than one; `now` where the past ends. */
function timeLines(scale: Scale, input: ChartInput, { ascii }: ChartStyle): string[] {
  const now = scale.column(input.past.at(-1)!.time);
  const ticks = new Map<number, string>([[now, 'now']]);
  const days = scale.timeAt(scale.width - 1) - scale.timeAt(0) > DAY_SECONDS;
  for (let column = 0; column < scale.width; column += LABEL_COLUMNS) {
    const label = tickLabel(scale.timeAt(column), days);
    const clear = Math.abs(column - now) > label.length + 1 && column + label.length <= scale.width;
    if (clear) ticks.set(column, label);
  }
  const axis = Array.from({ length: scale.width }, (_, column) =>
    ticks.has(column) ? (ascii ? '+' : '┬') : ascii ? '-' : '─',
  ).join('');
  const labels = [...ticks].sort(([a], [b]) => a - b);
  const text = labels.reduce((line, [column, label]) => line.padEnd(column) + label, '');
  const indent = ' '.repeat(AXIS_WIDTH + 1);
  return [`${indent}${ascii ? '+' : '└'}${axis}`, `${indent} ${text}`];
}

function tickLabel(seconds: number, withDay: boolean): string {
  const date = new Date(seconds * 1000);
  if (!withDay) return formatClock(date);
  const month = String(date.getMonth() + 1).padStart(2, '0');
  return `${month}-${String(date.getDate()).padStart(2, '0')} ${formatClock(date)}`;
}
