// This hour is like the same hour yesterday.
import type { Model } from './model.ts';

const MIN_SEASONS = 2;

/** Repeats the last season of `season` steps; silent with fewer than two seasons of history. */
export function seasonalNaive(season: number): Model {
  return {
    name: `seasonal-naive(${season})`,
    family: 'seasonal-naive',
    fit(values) {
      if (values.length < MIN_SEASONS * season) return undefined;
      return {
        predict(steps) {
          const start = values.length - season;
          const seasons = Math.ceil(steps / season);
          const errors = seasonalErrors(values, season, seasons);
          return {
            centre: Float64Array.from({ length: steps }, (_, i) => values[start + (i % season)]!),
            error: Float64Array.from({ length: steps }, (_, i) => errors[Math.floor(i / season)]!),
          };
        },
      };
    },
  };
}

/** The error one season ahead, two seasons ahead, …: it grows as a random walk of seasons does. */
function seasonalErrors(values: Float64Array, season: number, seasons: number): Float64Array {
  const changes = values.slice(season).map((value, index) => value - values[index]!);
  const once = Math.sqrt(changes.reduce((sum, change) => sum + change ** 2, 0) / changes.length);
  return Float64Array.from({ length: seasons }, (_, k) => once * Math.sqrt(k + 1));
}
