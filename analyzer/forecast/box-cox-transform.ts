// Box–Cox: between the logarithm and the values as they are, by what the values themselves ask for.
import type { Transform } from './transform.ts';

/** Powers that are tried: 0 is the logarithm, 1 leaves the values as they are. */
const POWERS = [0, 0.25, 0.5, 0.75, 1] as const;

/** Box & Cox (1964), the power by maximum likelihood of a normal distribution. Needs every value above 0. O(n). */
export const boxCoxTransform: Transform = {
  name: 'box-cox',
  fit(values, frame) {
    const zero = frame?.zero ?? 0;
    if (values.length < 2 || !values.every((value) => value > zero)) return undefined;
    const raw = values.map((value) => value - zero);
    const scores = POWERS.map((power) => likelihood(raw, power));
    const power = POWERS[scores.indexOf(Math.max(...scores))] ?? 1;
    const apply = (value: number) => forward(value - zero, power);
    return {
      values: values.map(apply),
      apply,
      invert: (value) => backward(value, power) + zero,
    };
  },
};

function forward(value: number, power: number): number {
  return power === 0 ? Math.log(value) : (value ** power - 1) / power;
}

/** Below what any positive value can become lies 0. */
function backward(value: number, power: number): number {
  return power === 0 ? Math.exp(value) : Math.max(0, power * value + 1) ** (1 / power);
}

/** The profile log-likelihood up to a constant; −Infinity where the values leave the range of numbers. */
function likelihood(raw: Float64Array, power: number): number {
  let [sum, squares, logs] = [0, 0, 0];
  const transformed = raw.map((value) => forward(value, power));
  for (let i = 0; i < raw.length; i++) {
    sum += transformed[i]!;
    logs += Math.log(raw[i]!);
  }
  const centre = sum / raw.length;
  for (const value of transformed) squares += (value - centre) ** 2;
  const score = (-raw.length / 2) * Math.log(squares / raw.length) + (power - 1) * logs;
  return Number.isFinite(score) ? score : -Infinity;
}
