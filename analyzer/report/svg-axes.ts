// Axes of an inline SVG chart: round values, clock times, and the way from data to pixels.

export const WIDTH = 920;
export const HEIGHT = 260;
const LEFT = 78;
const RIGHT = 34;
const TOP = 12;
const BOTTOM = 30;
const VALUE_TICKS = 5;
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
/** Distances between two times on an axis that people find natural. */
const TIME_TICKS = [
  ...[MINUTE, 2 * MINUTE, 5 * MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY],
];
const MAX_TIME_TICKS = 10;

export interface Range {
  readonly low: number;
  readonly high: number;
}

export interface Plot {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** Pixels of a value, one decimal; everything outside is cut at the edge. */
export function plotOf(across: Range, up: Range): Plot {
  const share = (value: number, { low, high }: Range) =>
    Math.max(0, Math.min(1, (value - low) / (high - low || 1)));
  const round = (pixels: number) => Math.round(pixels * 10) / 10;
  return {
    x: (value) => round(LEFT + share(value, across) * (WIDTH - LEFT - RIGHT)),
    y: (value) => round(HEIGHT - BOTTOM - share(value, up) * (HEIGHT - TOP - BOTTOM)),
  };
}

/** About five values 1, 2 or 5 times a power of ten apart, within the range. */
export function valueTicks({ low, high }: Range): number[] {
  if (high === low) return [low];
  const rough = (high - low) / VALUE_TICKS;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => (first + index) * step);
}

/** Times at round hours or days of UTC, at most ten. */
export function timeTicks({ low, high }: Range): number[] {
  const step = TIME_TICKS.find((one) => (high - low) / one <= MAX_TIME_TICKS) ?? (high - low) / 5;
  const first = Math.ceil(low / step) * step;
  const count = Math.floor((high - first) / step) + 1;
  return Array.from({ length: Math.max(0, count) }, (_, index) => first + index * step);
}

/** `11-20 17:00`, without the hour where every tick is a midnight. */
export function timeLabel(seconds: number, ticks: readonly number[]): string {
  const text = new Date(seconds * 1000).toISOString();
  const daily = ticks.every((tick) => tick % DAY === 0);
  return daily ? text.slice(5, 10) : `${text.slice(5, 10)} ${text.slice(11, 16)}`;
}

/** Grid lines with labels, below everything else. */
export function renderAxes(
  plot: Plot,
  {
    across,
    up,
  }: {
    readonly across: readonly { readonly at: number; readonly label: string }[];
    readonly up: readonly { readonly at: number; readonly label: string }[];
  },
): string {
  const bottom = HEIGHT - BOTTOM;
  const rows = up.map(
    ({ at, label }) =>
      `<path class="grid" d="M${LEFT} ${plot.y(at)}H${WIDTH - RIGHT}"/><text class="end" x="${LEFT - 8}" y="${plot.y(at) + 4}">${label}</text>`,
  );
  const columns = across.map(
    ({ at, label }) =>
      `<path class="grid" d="M${plot.x(at)} ${bottom}v5"/><text class="middle" x="${plot.x(at)}" y="${bottom + 19}">${label}</text>`,
  );
  return [...rows, ...columns].join('');
}

/** An SVG path through the points, with a new beginning after every gap. */
export function linePath(points: readonly (readonly [number, number])[], plot: Plot): string {
  return points
    .map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${plot.x(x)} ${plot.y(y)}`)
    .join('');
}
