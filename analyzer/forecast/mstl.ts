// Seasons of several lengths peeled off by loess, the rest by exponential smoothing: MSTL + ETS of the augurs library.
import { normalQuantile } from '../math/normal.ts';
import { type Augurs, release } from './augurs.ts';
import type { Model, Path } from './model.ts';
import { plausible } from './plausible.ts';

/** The library refuses fewer; three let the loess see a change from one to the next. */
const MIN_SEASONS = 3;
const LEVEL = 0.8;

/** Bandara, Hyndman & Bergmeir (2021). `seasons` in steps, ascending; those that the history does not hold three times are left out. */
export function mstl({ MSTL }: Augurs, seasons: readonly number[]): Model {
  return {
    name: `mstl(${seasons.join(',')})`,
    family: 'mstl',
    fit(values) {
      const held = seasons.filter((season) => MIN_SEASONS * season <= values.length);
      const isConstant = values.every((value) => value === values[0]);
      if (held.length === 0 || isConstant) return undefined;
      // The library's memory is its own: fit and predict share one call, so that it is always freed.
      return { predict: (steps) => predict(MSTL.ets([...held]), values, steps) };
    },
  };
}

function predict(
  model: InstanceType<Augurs['MSTL']>,
  values: Float64Array,
  steps: number,
): Path | undefined {
  try {
    model.fit(values);
    const { point, intervals } = model.predict(steps, LEVEL);
    if (intervals === undefined) return undefined;
    const reach = 2 * normalQuantile(0.5 + LEVEL / 2);
    const { lower, upper } = intervals;
    const error = Float64Array.from(lower, (low, i) => (upper[i]! - low) / reach);
    return plausible({ centre: Float64Array.from(point), error }, values, steps);
  } catch {
    // A history that the library refuses, or a trap inside its module: the next candidate may do.
    return undefined;
  } finally {
    release(model);
  }
}
