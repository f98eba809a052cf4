// Exponential smoothing: the level, and its slope, as averages in which the past fades.
import { nelderMead } from '../math/nelder-mead.ts';
import type { FittedModel, Model, Path } from './model.ts';
import { plausible } from './plausible.ts';

/** No slope, a slope for ever (Holt 1957), or one that dies away (Gardner & McKenzie 1985). */
export type EtsShape = 'simple' | 'holt' | 'damped';

const MIN_POINTS = 8;
/** The first level and slope are those of a line through this many values. */
const START_POINTS = 10;
/** Smoothing beyond these is a mean or a random walk, which other models are. */
const MIN_SMOOTHING = 1e-4;
const MAX_SMOOTHING = 0.9999;
/** Damping as R's `ets` bounds it: nearer to 1 it cannot be told from a straight line. */
const MIN_DAMPING = 0.8;
const MAX_DAMPING = 0.98;
/** Starts of the search, on the scale of `between`: alpha 0.5, slope share 0.1, damping 0.94. */
const START = { simple: [0], holt: [0, -2.2], damped: [0, -2.2, 0.8] } as const;

export interface EtsParameters {
  readonly alpha: number;
  /** Of the slope; never more than alpha. */
  readonly beta: number;
  readonly damping: number;
}

interface State {
  readonly level: number;
  readonly slope: number;
  readonly squares: number;
}

/**
 * ETS with additive errors (Hyndman, Koehler, Ord & Snyder 2008): A,N,N · A,A,N · A,Ad,N. The parameters, unless
 * given, minimise the squared one-step errors; the standard errors are their analytic ones (table 6.2).
 */
export function ets(shape: EtsShape, parameters?: EtsParameters): Model {
  return {
    name: `ets(${shape})`,
    family: 'ets',
    isTrended: shape === 'holt',
    fit(values) {
      if (values.length < MIN_POINTS) return undefined;
      return fitted(values, parameters ?? searchEts(values, shape));
    },
  };
}

/** The parameters with the least squared one-step errors. `values` are at least two. O(n · evaluations). */
export function searchEts(values: Float64Array, shape: EtsShape): EtsParameters {
  const objective = (point: readonly number[]) =>
    smooth(values, parametersOf(point, shape)).squares;
  return parametersOf(nelderMead(objective, START[shape], { step: 1 }).point, shape);
}

function fitted(values: Float64Array, parameters: EtsParameters): FittedModel {
  const { level, slope, squares } = smooth(values, parameters);
  const { alpha, beta, damping } = parameters;
  const variance = squares / Math.max(1, values.length - 2);
  return {
    predict(steps) {
      const centre = new Float64Array(steps);
      const error = new Float64Array(steps);
      let [slopes, damped, growth] = [0, 1, 1];
      for (let step = 0; step < steps; step++) {
        error[step] = Math.sqrt(variance * growth);
        damped *= damping;
        slopes += damped;
        centre[step] = level + slope * slopes;
        growth += (alpha + beta * slopes) ** 2;
      }
      const path: Path = { centre, error };
      return plausible(path, values, steps);
    },
  };
}

/** Runs the recursion over all values; `squares` is the sum of the squared one-step errors. */
function smooth(values: Float64Array, { alpha, beta, damping }: EtsParameters): State {
  const start = startOf(values);
  let level = start.level;
  let slope = damping === 0 ? 0 : start.slope;
  let squares = 0;
  for (let index = 0; index < values.length; index++) {
    const expected = level + damping * slope;
    const error = values[index]! - expected;
    squares += error * error;
    level = expected + alpha * error;
    slope = damping * slope + beta * error;
  }
  return { level, slope, squares };
}

/** One step before the first value, on the line through the first values. */
function startOf(values: Float64Array): { level: number; slope: number } {
  const count = Math.min(START_POINTS, values.length);
  const middle = (count - 1) / 2;
  let [sum, products, squares] = [0, 0, 0];
  for (let index = 0; index < count; index++) {
    sum += values[index]!;
    products += (index - middle) * values[index]!;
    squares += (index - middle) ** 2;
  }
  const slope = products / squares;
  return { level: sum / count - slope * (middle + 1), slope };
}

/** From numbers without bounds, which the search wants, to parameters within theirs. */
function parametersOf(point: readonly number[], shape: EtsShape): EtsParameters {
  const alpha = between(point[0]!, MIN_SMOOTHING, MAX_SMOOTHING);
  if (shape === 'simple') return { alpha, beta: 0, damping: 0 };
  const beta = alpha * between(point[1]!, MIN_SMOOTHING, MAX_SMOOTHING);
  const damping = shape === 'holt' ? 1 : between(point[2]!, MIN_DAMPING, MAX_DAMPING);
  return { alpha, beta, damping };
}

function between(value: number, low: number, high: number): number {
  return low + (high - low) / (1 + Math.exp(-value));
}
