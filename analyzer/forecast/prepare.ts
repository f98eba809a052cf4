// From a history as it was measured to values that any model can live with, and back.
import { fillGaps, fillSeasonalGaps } from '../math/interpolate.ts';
import type { NoForecast } from '../series/forecast.ts';
import type { Series } from '../series/series.ts';
import type { Frame } from './model.ts';

/** Older values are not used: twelve horizons of 60 steps, and the costly models stay bounded. */
export const MAX_POINTS = 720;
/** What the ensemble looks back at: two weeks and more of ten minutes, four months of hours are cut to twelve weeks. */
export const MAX_SEASONAL_POINTS = 2016;
export const MIN_POINTS = 8;
export const MAX_GAP_RATIO = 0.4;

export interface PrepareOptions {
  /** Older values are left out. */
  readonly maxPoints?: number;
  /** Gaps are filled with what the season has at their place. */
  readonly season?: number;
}

export interface Prepared {
  /** Finite, without gaps, within [-1, 1]; all 0 for a constant history. */
  readonly values: Float64Array;
  readonly middle: number;
  /** Half of the range of the history; 0 for a constant one. */
  readonly halfRange: number;
}

/**
 * The last values, gaps interpolated, scaled to [-1, 1] so that no square can overflow.
 * Infinities count as gaps. A leading gap is not one: the series began later than the window.
 */
export function prepare(
  history: Series,
  { maxPoints = MAX_POINTS, season }: PrepareOptions = {},
): Prepared | NoForecast {
  const window = withoutLeadingGap(history.values.slice(-maxPoints));
  const refusal = refuse(history.values.length, window);
  if (refusal !== undefined) return refusal;
  const filled = season === undefined ? fillGaps(window) : fillSeasonalGaps(window, season);
  const low = filled.reduce((a, b) => Math.min(a, b), Infinity);
  const high = filled.reduce((a, b) => Math.max(a, b), -Infinity);
  const middle = low === high ? low : low / 2 + high / 2;
  const halfRange = high / 2 - low / 2;
  if (halfRange === 0) return { values: filled.fill(0), middle, halfRange };
  const scaled = filled.map((value) => Math.max(-1, Math.min(1, (value - middle) / halfRange)));
  return { values: scaled, middle, halfRange };
}

function withoutLeadingGap(window: Float64Array): Float64Array {
  const finite = window.map((value) => (Number.isFinite(value) ? value : Number.NaN));
  const first = finite.findIndex((value) => !Number.isNaN(value));
  return first === -1 ? finite.subarray(0, 0) : finite.subarray(first);
}

function refuse(length: number, window: Float64Array): NoForecast | undefined {
  if (length > 0 && window.length === 0)
    return { reason: 'no_finite_values', detail: `${length} values, none of them finite` };
  const gaps = window.reduce((count, value) => count + (Number.isNaN(value) ? 1 : 0), 0);
  const present = window.length - gaps;
  if (present < MIN_POINTS)
    return {
      reason: 'history_too_short',
      detail: `${present} finite values, at least ${MIN_POINTS} are needed`,
    };
  const ratio = gaps / window.length;
  if (ratio > MAX_GAP_RATIO)
    return {
      reason: 'too_many_gaps',
      detail: `${gaps} of ${window.length} values are missing, at most ${MAX_GAP_RATIO * 100} % may be`,
    };
  return undefined;
}

/** Where the 0 of the history lies among the scaled values; undefined for a constant history. */
export function frameOf({ middle, halfRange }: Prepared): Frame | undefined {
  const zero = -middle / halfRange;
  return Number.isFinite(zero) ? { zero } : undefined;
}
