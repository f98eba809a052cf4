// Autoregression with a ridge penalty on a chosen set of lags, fitted at every origin from one running sum of products.
import { solvePositiveDefinite } from '../math/cholesky.ts';
import { mean, standardDeviation } from '../math/moments.ts';
import type { RollingModel } from './rolling.ts';

/** Rows of training per coefficient below which a fit is not tried. */
const MIN_ROWS_PER_COEFFICIENT = 1.5;
const MIN_SPARE_ROWS = 10;
/** Standard deviations beyond which a recursive path has run away and is held. */
const MAX_DEVIATIONS = 8;
/** The intercept is all but free of the penalty, yet keeps the matrix positive definite. */
const INTERCEPT_PENALTY = 1e-3;

export interface RidgeShape {
  readonly name: string;
  /** Ascending, at least 1. */
  readonly lags: readonly number[];
  /** On the logarithm: for series whose swings grow with their level. Positive values only. */
  readonly log?: boolean;
  /** On the differences to this many steps before; 0 or absent = on the values themselves. */
  readonly differenceLag?: number;
  /** Ridge penalty in units of one standardised observation. */
  readonly penalty: number;
}

/**
 * Hoerl & Kennard (1970) on lagged values, forecast recursively. The sums of products only grow from origin to
 * origin, so that a dozen backtests cost little more than the last fit. O(n · lags² / 2 + origins · lags³ / 6).
 */
export function ridge(shape: RidgeShape): RollingModel {
  return {
    name: `ridge(${shape.name})`,
    roll(values, plan) {
      const work = transform(values, shape, plan.origins[0]!);
      if (work === undefined) return undefined;
      const paths: Float64Array[] = [];
      const sums = emptySums(shape.lags.length + 1);
      let row = (shape.differenceLag ?? 0) + shape.lags.at(-1)!;
      for (const origin of plan.origins) {
        row = addRows(sums, work.x, { lags: shape.lags, from: row, to: origin });
        const coefficients = solve(sums, shape.penalty);
        if (coefficients === undefined) return undefined;
        const path = extrapolate(work.x, coefficients, {
          lags: shape.lags,
          origin,
          steps: plan.steps,
        });
        paths.push(restore(path, work, { shape, origin }));
      }
      return paths.every((path) => path.every(Number.isFinite)) ? paths : undefined;
    },
  };
}

/** Standardised differences of (the logarithm of) the values; `x[i]` is 0 before the first difference. */
interface Work {
  readonly base: Float64Array;
  readonly x: Float64Array;
  readonly centre: number;
  readonly scale: number;
}

/** Centre and scale come from what the first origin may see: no later value leaks into an earlier fit. */
function transform(values: Float64Array, shape: RidgeShape, firstOrigin: number): Work | undefined {
  const { lags, log = false, differenceLag = 0 } = shape;
  const rows = firstOrigin - differenceLag - lags.at(-1)!;
  if (rows < MIN_ROWS_PER_COEFFICIENT * (lags.length + 1) + MIN_SPARE_ROWS) return undefined;
  if (log && values.some((value) => value <= 0)) return undefined;
  const base = log ? values.map(Math.log) : values;
  const changes =
    differenceLag === 0
      ? base
      : base.map((value, i) => (i < differenceLag ? 0 : value - base[i - differenceLag]!));
  const seen = changes.subarray(differenceLag, firstOrigin);
  const centre = mean(seen);
  const scale = standardDeviation(seen);
  if (!(scale > 0) || !Number.isFinite(scale)) return undefined;
  return { base, x: changes.map((value) => (value - centre) / scale), centre, scale };
}

interface Sums {
  readonly size: number;
  /** XᵀX, lower triangle. */
  readonly products: Float64Array;
  /** Xᵀy. */
  readonly response: Float64Array;
  /** What the latest rows add to `products`. */
  readonly added: Float64Array;
}

function emptySums(size: number): Sums {
  return {
    size,
    products: new Float64Array(size * size),
    response: new Float64Array(size),
    added: new Float64Array(size * size),
  };
}

interface RowRange {
  readonly lags: readonly number[];
  readonly from: number;
  readonly to: number;
}

/**
 * Adds the observations `from ≤ t < to`; answers `to`. Two lags and the same two shifted by one step have the same
 * products but for those at both ends, so that dense lags cost their number times the rows, not its square.
 */
function addRows(sums: Sums, x: Float64Array, range: RowRange): number {
  const { lags, from, to } = range;
  const { size, products, response, added } = sums;
  if (to <= from) return from;
  for (let i = 0; i < lags.length; i++) {
    const a = lags[i]!;
    response[i]! += laggedProduct(x, range, { a: 0, b: a });
    for (let j = 0; j <= i; j++) {
      const b = lags[j]!;
      const isShifted = j > 0 && lags[i - 1] === a - 1 && lags[j - 1] === b - 1;
      added[i * size + j] = isShifted
        ? added[(i - 1) * size + j - 1]! + x[from - a]! * x[from - b]! - x[to - a]! * x[to - b]!
        : laggedProduct(x, range, { a, b });
    }
    let sum = 0;
    for (let t = from - a; t < to - a; t++) sum += x[t]!;
    added[lags.length * size + i] = sum;
  }
  added[size * size - 1] = to - from;
  for (let t = from; t < to; t++) response[size - 1]! += x[t]!;
  for (let k = 0; k < products.length; k++) products[k]! += added[k]!;
  return to;
}

function laggedProduct(
  x: Float64Array,
  { from, to }: RowRange,
  { a, b }: { readonly a: number; readonly b: number },
): number {
  let sum = 0;
  for (let t = from; t < to; t++) sum += x[t - a]! * x[t - b]!;
  return sum;
}

function solve({ size, products, response }: Sums, penalty: number): Float64Array | undefined {
  const matrix = products.slice();
  for (let i = 0; i < size - 1; i++) matrix[i * size + i]! += penalty;
  matrix[size * size - 1]! += INTERCEPT_PENALTY;
  return solvePositiveDefinite(matrix, response, size);
}

interface Ahead {
  readonly lags: readonly number[];
  readonly origin: number;
  readonly steps: number;
}

/** Step by step, each forecast becoming a lagged value of the next. */
function extrapolate(x: Float64Array, coefficients: Float64Array, ahead: Ahead): Float64Array {
  const { lags, origin, steps } = ahead;
  const memory = lags.at(-1)!;
  const tape = new Float64Array(memory + steps);
  tape.set(x.subarray(origin - memory, origin));
  for (let step = 0; step < steps; step++) {
    let value = coefficients[lags.length]!;
    for (let k = 0; k < lags.length; k++)
      value += coefficients[k]! * tape[memory + step - lags[k]!]!;
    tape[memory + step] = Math.max(-MAX_DEVIATIONS, Math.min(MAX_DEVIATIONS, value));
  }
  return tape.subarray(memory);
}

/** Undoes standardising, differencing and the logarithm. */
function restore(
  path: Float64Array,
  { base, centre, scale }: Work,
  { shape, origin }: { shape: RidgeShape; origin: number },
): Float64Array {
  const { log = false, differenceLag = 0 } = shape;
  const restored = new Float64Array(path.length);
  for (let step = 0; step < path.length; step++) {
    const change = path[step]! * scale + centre;
    const before =
      step < differenceLag ? base[origin - differenceLag + step]! : restored[step - differenceLag]!;
    restored[step] = differenceLag === 0 ? change : before + change;
  }
  return log ? restored.map(Math.exp) : restored;
}
