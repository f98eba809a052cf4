// Mean 0 and standard deviation 1: for models that learn by small steps.
import { mean, standardDeviation } from '../math/moments.ts';
import type { Transform } from './transform.ts';

/** Not for constants, which have no scale. */
export const scaleTransform: Transform = {
  name: 'scale',
  fit(values) {
    const [centre, spread] = [mean(values), standardDeviation(values)];
    if (!(spread > 0)) return undefined;
    const apply = (value: number) => (value - centre) / spread;
    return { values: values.map(apply), apply, invert: (value) => centre + spread * value };
  },
};
