// Makes a chart's block of series: round values and clock times for its axes.
import type { ChartBlock, ChartLine, Tick } from './document.ts';
import type { ReportRange, TimePoint } from './report-data.ts';
import { valueTicks } from './svg-axes.ts';
import { figure } from './words.ts';
import type { Zone } from './zone.ts';

const HOUR = 3_600;
const DAY = 86_400;
const MAX_TICKS = 8;
const HOUR_STEPS = [1, 2, 3, 6, 12, 24] as const;

export interface ChartInput {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly ChartLine[];
  readonly band?: ChartBlock['band'];
  readonly range: ReportRange;
  readonly zone: Zone;
}

/** Undefined where there are not two points to join. */
export function chartBlock(input: ChartInput): ChartBlock | undefined {
  const { title, unit, lines, band, range, zone } = input;
  const drawn = lines.filter(({ points }) => points.length > 1);
  if (drawn.length === 0) return undefined;
  const all = [...drawn.map(({ points }) => points), band?.lower ?? [], band?.upper ?? []].flat();
  const up = valueRange(all, unit);
  const ticks = valueTicks(up).map((at) => ({ at, label: figure(at, unit) }));
  return {
    ...{ kind: 'chart', title, lines: drawn, step: stepOf(drawn, range) },
    ...(band === undefined ? {} : { band }),
    across: { low: range.from, high: range.to, ticks: timeTicks(range, zone) },
    up: { ...up, ticks },
  };
}

/** Where there were many series they were looked at less often than planned. */
function stepOf([first]: readonly ChartLine[], { step }: ReportRange): number {
  const points = first?.points ?? [];
  const steps = points.slice(1).map(([time], index) => time - points[index]![0]);
  return Math.max(step, steps.sort((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 0);
}

/** From zero, since most of what is shown is a share or a rate; what never falls near it keeps its own range. */
function valueRange(points: readonly TimePoint[], unit: string) {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const [, value] of points) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const isRatio = unit === 'ratio';
  const bottom = low >= 0 ? 0 : low;
  const top = isRatio && high <= 1 && high > 0.5 ? 1 : high * 1.05;
  return { low: bottom, high: top > bottom ? top : bottom + 1 };
}

/** Midnights of the reader's clock, or round hours where the range is short. */
export function timeTicks({ from, to }: ReportRange, zone: Zone): Tick[] {
  const days = (to - from) / DAY;
  const hours = HOUR_STEPS.find((step) => (to - from) / HOUR / step <= MAX_TICKS) ?? 24;
  const everyDays = Math.max(1, Math.ceil(days / MAX_TICKS));
  const ticks: Tick[] = [];
  let midnights = 0;
  for (let at = Math.ceil(from / HOUR) * HOUR; at <= to; at += HOUR) {
    const hour = zone.hour(at);
    if (hour % hours !== 0) continue;
    if (hours < 24) ticks.push({ at, label: zone.minute(at).slice(-5) });
    else if (midnights++ % everyDays === 0) ticks.push({ at, label: zone.minute(at).slice(0, 9) });
  }
  return ticks;
}

/** The pieces of a line without its gaps. */
export function pieces(points: readonly TimePoint[], step: number): TimePoint[][] {
  const result: TimePoint[][] = [];
  let before = Number.NEGATIVE_INFINITY;
  for (const point of points) {
    if (point[0] - before > 2.5 * step) result.push([]);
    result.at(-1)!.push(point);
    before = point[0];
  }
  return result;
}
