// Between two refits: the last forecast moved on to now and corrected by what came, at next to no cost.
import type { Forecast } from '../series/forecast.ts';
import { endOf, type Series } from '../series/series.ts';

/** What a model said, at the end of the history that it knew. */
export interface Fit {
  /** Longer than the horizon by what it may be moved on. */
  readonly forecast: Forecast;
  /** Unix seconds of the last observation that the model knew. */
  readonly end: number;
}

/** Observations outside the narrowest band that call for a refit: at least two, and this share of all since the fit. */
const MIN_MISSES = 2;
const MISS_SHARE = 0.4;

/** Steps that have passed since the fit. */
export function ageOf(fit: Fit, history: Series): number {
  return Math.round((endOf(history) - fit.end) / history.step);
}

/**
 * The next `steps` steps as seen from the end of the history; undefined when the fit does not reach that far.
 * The latest error is expected to fade as the model's own errors build up: an autoregression whose variance grows
 * from w₁² to w∞² has φ² = 1 − w₁²/w∞² (0 for white noise, near 1 for a random walk). The bounds keep the width of
 * the older, farther look: too wide rather than too narrow.
 */
export function advance({ fit, history, steps }: Moved): Forecast | undefined {
  const age = ageOf(fit, history);
  const { forecast } = fit;
  if (age < 0 || age + steps > forecast.median.length) return undefined;
  const error = latestError(fit, history, age);
  const fade = persistence(forecast);
  const move = (path: Float64Array) =>
    path.slice(age, age + steps).map((value, index) => value + error * fade ** (index + 1));
  return {
    ...forecast,
    median: move(forecast.median),
    intervals: forecast.intervals.map(({ level, lower, upper }) => ({
      level,
      lower: move(lower),
      upper: move(upper),
    })),
  };
}

export interface Moved {
  readonly fit: Fit;
  readonly history: Series;
  readonly steps: number;
}

/** Has the series left what was forecast: too often outside the narrowest band, or just now outside the widest? */
export function isSurprised(fit: Fit, history: Series): boolean {
  const age = ageOf(fit, history);
  const { intervals } = fit.forecast;
  const narrow = intervals[0];
  const wide = intervals.at(-1);
  if (narrow === undefined || wide === undefined || age < 1) return false;
  let misses = 0;
  for (let index = 0; index < age; index += 1)
    if (isOutside(narrow, index, observed(history, age, index))) misses += 1;
  const often = misses >= Math.max(MIN_MISSES, MISS_SHARE * age);
  return often || isOutside(wide, age - 1, observed(history, age, age - 1));
}

/** The observation that step `index` of the fit was about; NaN when missing. */
function observed({ values }: Series, age: number, index: number): number {
  return values[values.length - age + index] ?? Number.NaN;
}

function isOutside(
  { lower, upper }: Forecast['intervals'][number],
  index: number,
  value: number,
): boolean {
  return value < lower[index]! || value > upper[index]!;
}

/** Of the last observation that there is since the fit; 0 when there is none. */
function latestError({ forecast }: Fit, history: Series, age: number): number {
  for (let index = age - 1; index >= 0; index -= 1) {
    const value = observed(history, age, index);
    if (Number.isFinite(value)) return value - forecast.median[index]!;
  }
  return 0;
}

function persistence({ intervals }: Forecast): number {
  const wide = intervals.at(-1);
  if (wide === undefined) return 0;
  const first = wide.upper[0]! - wide.lower[0]!;
  const last = wide.upper.at(-1)! - wide.lower.at(-1)!;
  return last > first && last > 0 ? Math.sqrt(1 - (first / last) ** 2) : 0;
}
