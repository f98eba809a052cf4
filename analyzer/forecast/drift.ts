// The last value and the mean change per step so far: the line from the first value to the last.
import { differenceErrors } from './difference-errors.ts';
import type { Model } from './model.ts';

/** Hyndman & Athanasopoulos, "Forecasting: Principles and Practice" (3rd ed.), section 5.2. */
export const drift: Model = {
  name: 'drift',
  family: 'drift',
  isTrended: true,
  fit(values) {
    const [first, last] = [values[0], values.at(-1)];
    if (first === undefined || last === undefined || values.length < 2) return undefined;
    const slope = (last - first) / (values.length - 1);
    return {
      predict: (steps) => ({
        centre: Float64Array.from({ length: steps }, (_, i) => last + slope * (i + 1)),
        error: differenceErrors(values, steps, slope).map(
          (error, i) => error * Math.sqrt(1 + (i + 1) / (values.length - 1)),
        ),
      }),
    };
  },
};
