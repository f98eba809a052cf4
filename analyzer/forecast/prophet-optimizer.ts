// Prophet's parameters for its data: the optimum that Stan would search for, by least squares that are reweighted.
import type {
  ProphetInitialParams,
  ProphetOptimizeOutput,
  ProphetOptimizer,
  ProphetStanData,
} from '@bsull/augurs/prophet';
import { solvePositiveDefinite } from '../math/cholesky.ts';

/** Standard deviation of the priors of slope and offset, as in prophet.stan. */
const LINE_SCALE = 5;
const ITERATIONS = 30;
/** The search ends when no parameter moves by more. */
const TOLERANCE = 1e-6;
/** A change of slope below this is none: keeps its weight finite. */
const SMALLEST_CHANGE = 1e-4;
const SMALLEST_NOISE = 1e-6;
const NO_LOGS = { debug: '', info: '', warn: '', error: '', fatal: '' };

/**
 * The maximum a posteriori estimate of Taylor & Letham (2018) for a linear trend and additive seasons. There the
 * model is linear, and the Laplace prior of the changes of slope becomes a ridge whose penalties are renewed from
 * the last solution (the majorisation of Hunter & Li 2005). Given the other parameters the noise is the root mean
 * square of what is left; its weak prior is not used. O(n · p² + iterations · p³).
 * @throws {RangeError} for a logistic trend or multiplicative seasons, which are not linear.
 */
export const prophetOptimizer: ProphetOptimizer = {
  optimize(init, json): ProphetOptimizeOutput {
    const data = parse(json);
    const columns = columnsOf(data);
    const solution = solve(columns, data) ?? startOf(init);
    const [k = 0, m = 0] = solution;
    const delta = solution.slice(2, 2 + data.S);
    const beta = solution.slice(2 + data.S);
    const line = columns.slice(0, 2 + data.S);
    const trend = product(line, solution, data.T);
    const params = { k, m, delta, beta, sigmaObs: noiseOf(columns, solution, data), trend };
    return { logs: NO_LOGS, params };
  },
};

interface Data extends Omit<ProphetStanData, 'X'> {
  /** One row a time. */
  readonly X: readonly (readonly number[])[];
}

function parse(json: string): Data {
  const data = JSON.parse(json) as Data;
  if (data.trend_indicator !== 0 || data.s_m.some((flag) => flag !== 0))
    throw new RangeError('Prophet: a linear trend and additive seasons are expected');
  return data;
}

/** Slope, offset, a bend for each possible change, and the seasons' waves. */
function columnsOf({ T, t, t_change, K, X }: Data): Float64Array[] {
  return [
    Float64Array.from(t),
    new Float64Array(T).fill(1),
    ...t_change.map((change) => Float64Array.from(t, (time) => Math.max(0, time - change))),
    ...Array.from({ length: K }, (_, k) => Float64Array.from(X, (row) => row[k]!)),
  ];
}

function solve(columns: readonly Float64Array[], data: Data): Float64Array | undefined {
  const size = columns.length;
  const y = Float64Array.from(data.y);
  const products = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j <= i; j++) products[i * size + j] = dot(columns[i]!, columns[j]!);
  const response = Float64Array.from(columns, (column) => dot(column, y));
  let solution = new Float64Array(size);
  let noise = 1;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const matrix = products.slice();
    for (let i = 0; i < size; i++)
      matrix[i * size + i]! += noise ** 2 * precisionOf(i, solution, data);
    const next = solvePositiveDefinite(matrix, response, size);
    if (next === undefined) return iteration === 0 ? undefined : solution;
    const moved = next.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - solution[i]!)),
      0,
    );
    solution = Float64Array.from(next);
    noise = noiseOf(columns, solution, data);
    if (moved < TOLERANCE) break;
  }
  return solution;
}

/** One over the variance of a parameter's prior; for a change of slope that of the ridge which touches its Laplace prior. */
function precisionOf(index: number, solution: Float64Array, { S, tau, sigmas }: Data): number {
  if (index < 2) return 1 / LINE_SCALE ** 2;
  if (index >= 2 + S) return 1 / sigmas[index - 2 - S]! ** 2;
  // Before the first solution every change is taken for one of the prior's own size.
  const change = solution.every((value) => value === 0) ? tau : Math.abs(solution[index]!);
  return 1 / (tau * Math.max(SMALLEST_CHANGE, change));
}

function noiseOf(columns: readonly Float64Array[], solution: Float64Array, { y, T }: Data): number {
  const fitted = product(columns, solution, T);
  const squares = fitted.reduce((sum, value, i) => sum + (y[i]! - value) ** 2, 0);
  return Math.max(SMALLEST_NOISE, Math.sqrt(squares / T));
}

function startOf({ k, m, delta, beta }: ProphetInitialParams): Float64Array {
  return Float64Array.of(k, m, ...delta, ...beta);
}

/** The first columns weighted by the solution and summed. */
function product(
  columns: readonly Float64Array[],
  solution: Float64Array,
  length: number,
): Float64Array {
  const sum = new Float64Array(length);
  for (const [k, column] of columns.entries())
    for (let i = 0; i < length; i++) sum[i]! += solution[k]! * column[i]!;
  return sum;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
