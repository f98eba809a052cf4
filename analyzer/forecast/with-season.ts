// A repeating profile taken out before a model and put back after it.
import { mean } from '../math/moments.ts';
import { quantileOfSorted } from '../math/quantile.ts';
import type { Model } from './model.ts';

export const MIN_SEASONS = 3;

/**
 * The model on the seasonally adjusted values (classical additive decomposition with medians).
 * The seasonal orders of ARIMA proper were measured at 1.5 to 30 s a fit for a season of 60 steps
 * and 720 points, a hundred times the budget; a profile costs microseconds.
 * Silent with fewer than three seasons of history.
 */
export function withSeason(model: Model, season: number): Model {
  return {
    name: `${model.name}+season(${season})`,
    family: model.family,
    fit(values) {
      if (values.length < MIN_SEASONS * season) return undefined;
      const profile = seasonalProfile(values, season);
      const at = (index: number) => profile[index % season]!;
      const fitted = model.fit(values.map((value, index) => value - at(index)));
      if (fitted === undefined) return undefined;
      return {
        predict(steps) {
          const path = fitted.predict(steps);
          if (path === undefined) return undefined;
          const centre = path.centre.map((value, i) => value + at(values.length + i));
          return { centre, error: path.error };
        },
      };
    },
  };
}

/** The median distance to the centred moving average at each place of the season, with mean 0. */
export function seasonalProfile(values: Float64Array, season: number): Float64Array {
  const level = centredAverage(values, season);
  const distances = new Float64Array(Math.ceil(values.length / season));
  const profile = Float64Array.from({ length: season }, (_, phase) => {
    let count = 0;
    for (let index = phase; index < values.length; index += season)
      if (!Number.isNaN(level[index]!)) distances[count++] = values[index]! - level[index]!;
    return quantileOfSorted(distances.subarray(0, count).sort(), 0.5);
  });
  const centre = mean(profile);
  return profile.map((value) => value - centre);
}

/** Mean over one season around each index; NaN at the ends, where there is no whole season. O(n). */
function centredAverage(values: Float64Array, season: number): Float64Array {
  const half = Math.floor(season / 2);
  // An even season has no middle: both ends count half.
  const edge = season % 2 === 0 ? 0.5 : 1;
  const averages = new Float64Array(values.length).fill(Number.NaN);
  let inner = 0;
  for (let index = 0; index < Math.min(2 * half - 1, values.length); index++)
    inner += values[index + 1] ?? 0;
  for (let index = half; index + half < values.length; index++) {
    const [first, last] = [values[index - half]!, values[index + half]!];
    averages[index] = (inner + edge * (first + last)) / season;
    inner += last - values[index - half + 1]!;
  }
  return averages;
}
