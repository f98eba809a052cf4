// When will the limit be reached? Read off the quantile paths of a forecast.
import type { Forecast } from '../series/forecast.ts';

export interface Threshold {
  readonly limit: number;
  readonly direction: 'above' | 'below';
  /** Seconds between two steps of the forecast. */
  readonly step: number;
  /** The last observed value; NaN when it is missing, and then the first step counts as now. */
  readonly current: number;
}

/** Seconds from the last observation unless said otherwise; +Infinity = not within the horizon. `p10 ≤ p50 ≤ p90`. */
export interface TimeToThreshold {
  /** The pessimistic early date: with a chance of about one in ten it comes even earlier. */
  readonly p10: number;
  readonly p50: number;
  readonly p90: number;
}

/** The band whose edges are the 10 % and the 90 % path. */
const BAND_LEVEL = 0.8;

/**
 * The first crossings of the 80 % band's edges and of the median, interpolated between steps;
 * 0 when the limit is already reached. Needs an interval of level 0.8 in the forecast.
 */
export function timeToThreshold(forecast: Forecast, threshold: Threshold): TimeToThreshold {
  const band = forecast.intervals.find(({ level }) => Math.abs(level - BAND_LEVEL) < 1e-9);
  if (band === undefined)
    throw new RangeError(`time to threshold of a forecast without the level ${BAND_LEVEL}`);
  const upward = threshold.direction === 'above';
  return {
    p10: crossing(upward ? band.upper : band.lower, threshold),
    p50: crossing(forecast.median, threshold),
    p90: crossing(upward ? band.lower : band.upper, threshold),
  };
}

/** What one horizon says: its dates count from its own last observation. */
export interface HorizonAnswer extends TimeToThreshold {
  /** Unix seconds of that observation, and seconds from it that the forecast looks ahead. */
  readonly end: number;
  readonly horizon: number;
}

/**
 * One answer in seconds from `now` (Unix seconds) from horizons of different resolution and age, given from the
 * shortest to the longest: for each quantile the first horizon that has a date, because it sees the near future
 * more sharply and is fresher.
 */
export function joinHorizons(answers: readonly HorizonAnswer[], now: number): TimeToThreshold {
  const p10 = firstDate(answers, { quantile: 'p10', now });
  const p50 = Math.max(p10, firstDate(answers, { quantile: 'p50', now }));
  return { p10, p50, p90: Math.max(p50, firstDate(answers, { quantile: 'p90', now })) };
}

/** A longer horizon may not contradict a shorter one that looked as far and saw no crossing. */
function firstDate(
  answers: readonly HorizonAnswer[],
  { quantile, now }: { quantile: keyof TimeToThreshold; now: number },
): number {
  let clearUntil = 0;
  for (const { [quantile]: seconds, end, horizon } of answers) {
    const left = Math.max(0, end + seconds - now);
    if (!Number.isFinite(seconds)) clearUntil = Math.max(clearUntil, end + horizon - now);
    else if (left > 0 || clearUntil === 0) return Math.max(left, clearUntil);
  }
  return Infinity;
}

function crossing(path: Float64Array, { limit, direction, step, current }: Threshold): number {
  const sign = direction === 'above' ? 1 : -1;
  const shortfall = (value: number) => sign * (limit - value);
  let before = shortfall(current);
  if (before <= 0) return 0;
  for (const [index, value] of path.entries()) {
    const after = shortfall(value);
    if (after <= 0) return step * (index + reachedShare(before, after));
    before = after;
  }
  return Infinity;
}

/** How much of a step had passed when the path met the limit. */
function reachedShare(before: number, after: number): number {
  return Number.isNaN(before) ? 0 : before / (before - after);
}
