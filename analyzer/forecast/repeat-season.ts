// A history of one to four days: too short to test models on, long enough to say "tomorrow like today".
import { quantileOfSorted } from '../math/quantile.ts';
import type { Forecast } from '../series/forecast.ts';
import { PRIOR_ORIGINS, studentHalfWidth } from './intervals.ts';

/** From three days on the season has to show … */
const MIN_SEASONS_TO_TELL = 3;
/** … values a day apart must be closer to each other than values half a day apart, by this factor. */
const MAX_SEASONAL_RATIO = 0.9;

export interface RepeatRequest {
  readonly steps: number;
  readonly levels: readonly number[];
  readonly season: number;
}

/** Undefined with less than one season of history, or when three or more show none. `values` are finite. */
export function repeatSeason(
  values: Float64Array,
  { steps, levels, season }: RepeatRequest,
): Forecast | undefined {
  if (values.length < season || !repeats(values, season)) return undefined;
  const last = values.subarray(values.length - season);
  const median = Float64Array.from({ length: steps }, (_, step) => last[step % season]!);
  const misses = seasonalMisses(values, season).sort();
  const pairs = Math.floor(values.length / season) - 1;
  const intervals = [...levels]
    .sort((a, b) => a - b)
    .map((level) => {
      const width = quantileOfSorted(misses, level) * doubt(level, pairs);
      // Errors of whole seasons add up like the steps of a random walk.
      const at = (step: number) => width * Math.sqrt(1 + Math.floor(step / season));
      return {
        level,
        lower: median.map((value, step) => value - at(step)),
        upper: median.map((value, step) => value + at(step)),
      };
    });
  return { model: 'seasonal-naive', median, intervals };
}

/**
 * A handful of days has not seen the worst yet, and the rarer it is the less so: what Student's t is wider than the
 * normal distribution, with the degrees of freedom that so many origins are worth elsewhere.
 */
function doubt(level: number, pairs: number): number {
  if (pairs === 0) return 1;
  return studentHalfWidth(level, PRIOR_ORIGINS + pairs) / studentHalfWidth(level, Infinity);
}

function repeats(values: Float64Array, season: number): boolean {
  if (values.length < MIN_SEASONS_TO_TELL * season) return true;
  return (
    meanChange(values, season) <= MAX_SEASONAL_RATIO * meanChange(values, Math.round(season / 2))
  );
}

function meanChange(values: Float64Array, lag: number): number {
  let sum = 0;
  for (let index = lag; index < values.length; index++)
    sum += Math.abs(values[index]! - values[index - lag]!);
  return sum / (values.length - lag);
}

/** How far one season was from the next; with a single season, how far it swings by itself: that is all there is to go by. */
function seasonalMisses(values: Float64Array, season: number): Float64Array {
  if (values.length >= 2 * season) {
    return Float64Array.from({ length: values.length - season }, (_, i) =>
      Math.abs(values[i + season]! - values[i]!),
    );
  }
  const centre = quantileOfSorted(values.slice().sort(), 0.5);
  return values.map((value) => Math.abs(value - centre));
}
