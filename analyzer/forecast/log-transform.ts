// The logarithm: for what grows by a share of itself.
import type { Transform } from './transform.ts';

/** Needs to know where 0 lies, and every value above it. */
export const logTransform: Transform = {
  name: 'log',
  fit(values, frame) {
    const zero = frame?.zero ?? 0;
    if (!values.every((value) => value > zero)) return undefined;
    const apply = (value: number) => Math.log(value - zero);
    return { values: values.map(apply), apply, invert: (value) => Math.exp(value) + zero };
  },
};
