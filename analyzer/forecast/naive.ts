// Tomorrow is like now: the yardstick that every other model has to beat.
import { differenceErrors } from './difference-errors.ts';
import type { Model } from './model.ts';

/** Repeats the last value; its errors are the changes that the history made in as many steps. */
export const naive: Model = {
  name: 'naive',
  family: 'naive',
  fit(values) {
    const last = values.at(-1);
    if (last === undefined) return undefined;
    return {
      predict: (steps) => ({
        centre: new Float64Array(steps).fill(last),
        error: differenceErrors(values, steps, 0),
      }),
    };
  },
};
