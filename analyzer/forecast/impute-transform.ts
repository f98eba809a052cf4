// Gaps filled before a model sees the values; what was there stays as it is, and a path needs no undoing.
import { fillGaps, fillSeasonalGaps } from '../math/interpolate.ts';
import type { Transform } from './transform.ts';

/** Filled with what the season has at their place, or along a line without one. Not for values that are all missing. */
export function imputeTransform(season?: number): Transform {
  return {
    name: 'impute',
    fit(values) {
      if (values.every((value) => Number.isNaN(value))) return undefined;
      const filled = season === undefined ? fillGaps(values) : fillSeasonalGaps(values, season);
      return { values: filled, apply: (value) => value, invert: (value) => value };
    },
  };
}
