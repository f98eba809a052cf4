// What each series of a host normally is at this time of day and week, and how far it usually strays from it.
import { solvePositiveDefinite } from '../math/cholesky.ts';
import { quantileOfSorted } from '../math/quantile.ts';
import type { Rows } from '../math/whitening.ts';

const DAY_SECONDS = 86_400;
const WEEK_SECONDS = 7 * DAY_SECONDS;
/** Waves of a day and of a week: the finest bend is a quarter of a day. */
const DAY_WAVES = 4;
const WEEK_WAVES = 3;
/** Both halves of the history must know the season for it to be believed. */
const MIN_DAYS = 3;
const MIN_WEEKS = 2;
/** Each wave needs this many rows a day. */
const MIN_ROWS_PER_WAVE = 3;
const RIDGE = 5e-4;
/** Values further out than this many robust deviations count as if they lay there. */
const WINSOR = 5;
/** Where most values are equal the quartiles say 0; then a tenth of the standard deviation is the robust one. */
const MIN_ROBUST_SHARE = 0.1;
/** The farthest half percent may be faults; what lies before them is at most three deviations away, as in normal data. */
const TAIL_PROBABILITY = 0.995;
const TAIL_DEVIATIONS = 3;
/** What a deviation is at least: a share of the range seen, and of the level. */
const MIN_RANGE_SHARE = 0.02;
const MIN_LEVEL_SHARE = 0.01;
/** Deviations count up to this many; beyond it is only "far". */
export const MAX_DEVIATION = 20;

/** Plain data, so that it can be stored as it is. */
export interface Baseline {
  readonly dayWaves: number;
  readonly weekWaves: number;
  /** One row of `1 + 2 · (dayWaves + weekWaves)` coefficients per series. */
  readonly coefficients: Float64Array;
  /** One usual deviation per series, always positive. */
  readonly scales: Float64Array;
}

/**
 * Fits level and season of every column by least squares on winsorised values. A season counts as far as one half of the history
 * predicted the other by it. `times` are Unix seconds, ascending, one per row; NaN values are left to the level.
 */
export function fitBaseline(rows: Rows, times: Float64Array): Baseline {
  const waves = wavesFor(times);
  const terms = 1 + 2 * (waves.dayWaves + waves.weekWaves);
  const design = new Float64Array(rows.count * terms);
  for (let i = 0; i < rows.count; i++) design.set(phases(times[i]!, waves), i * terms);
  const halves = gramOfHalves(design, rows.count, terms);
  const coefficients = new Float64Array(rows.columns * terms);
  const scales = new Float64Array(rows.columns);
  for (let column = 0; column < rows.columns; column++) {
    const { values, floor } = winsorised(rows, column);
    const fitted = fitColumn(values, { design, halves, terms });
    coefficients.set(fitted, column * terms);
    scales[column] = Math.max(
      strayOf(rows, column, { design, terms, coefficients: fitted }),
      floor,
    );
  }
  return { ...waves, coefficients, scales };
}

/** The expected value of every series at a time. */
export function expectedAt(baseline: Baseline, time: number): Float64Array {
  const phase = phases(time, baseline);
  const { coefficients, scales } = baseline;
  return scales.map((_, column) => dot(coefficients, column * phase.length, phase));
}

/** The row as deviations from what was expected, bounded; a missing value deviates by 0. */
export function standardise(baseline: Baseline, row: Float64Array, time: number): Float64Array {
  const expected = expectedAt(baseline, time);
  return expected.map((value, column) => {
    const deviation = (row[column]! - value) / baseline.scales[column]!;
    if (Number.isNaN(deviation)) return 0;
    return Math.max(-MAX_DEVIATION, Math.min(MAX_DEVIATION, deviation));
  });
}

type Waves = Pick<Baseline, 'dayWaves' | 'weekWaves'>;

function wavesFor(times: Float64Array): Waves {
  const span = times.length < 2 ? 0 : times.at(-1)! - times[0]!;
  const perDay = (times.length / Math.max(span, 1)) * DAY_SECONDS;
  const possible = Math.floor(perDay / MIN_ROWS_PER_WAVE);
  return {
    dayWaves: span < MIN_DAYS * DAY_SECONDS ? 0 : Math.min(DAY_WAVES, possible),
    weekWaves: span < MIN_WEEKS * WEEK_SECONDS ? 0 : Math.min(WEEK_WAVES, 7 * possible),
  };
}

/** 1, then sine and cosine of every wave. */
function phases(time: number, { dayWaves, weekWaves }: Waves): Float64Array {
  const result = new Float64Array(1 + 2 * (dayWaves + weekWaves));
  result[0] = 1;
  for (let wave = 0; wave < dayWaves + weekWaves; wave++) {
    const cycles =
      wave < dayWaves
        ? ((wave + 1) * time) / DAY_SECONDS
        : ((wave - dayWaves + 1) * time) / WEEK_SECONDS;
    const angle = 2 * Math.PI * (cycles % 1);
    result[1 + 2 * wave] = Math.sin(angle);
    result[2 + 2 * wave] = Math.cos(angle);
  }
  return result;
}

interface Fit {
  readonly design: Float64Array;
  readonly halves: readonly [Half, Half];
  readonly terms: number;
}

interface Half {
  readonly from: number;
  readonly to: number;
  readonly gram: Float64Array;
}

function gramOfHalves(design: Float64Array, count: number, terms: number): readonly [Half, Half] {
  const middle = Math.floor(count / 2);
  const half = (from: number, to: number): Half => {
    const gram = new Float64Array(terms * terms);
    for (let i = from; i < to; i++)
      for (let a = 0; a < terms; a++)
        for (let b = 0; b <= a; b++)
          gram[a * terms + b]! += design[i * terms + a]! * design[i * terms + b]!;
    return { from, to, gram };
  };
  return [half(0, middle), half(middle, count)];
}

function fitColumn(values: Float64Array, fit: Fit): Float64Array {
  const { terms, halves } = fit;
  const moments = halves.map((half) => momentsOf(values, half, fit));
  const [first, second] = halves;
  const gram = first.gram.map((value, i) => value + second.gram[i]!);
  const moment = moments[0]!.map((value, i) => value + moments[1]![i]!);
  const coefficients = solve(gram, moment, values.length);
  const belief = terms === 1 ? 0 : foretold(values, fit, moments);
  for (let term = 1; term < terms; term++) coefficients[term]! *= belief;
  return coefficients;
}

function momentsOf(values: Float64Array, { from, to }: Half, { design, terms }: Fit): Float64Array {
  const result = new Float64Array(terms);
  for (let i = from; i < to; i++)
    for (let a = 0; a < terms; a++) result[a]! += design[i * terms + a]! * values[i]!;
  return result;
}

/** The share of one half's variance that the other half's season predicted, at least 0. */
function foretold(values: Float64Array, fit: Fit, moments: readonly Float64Array[]): number {
  let errors = 0;
  let total = 0;
  for (const [index, half] of fit.halves.entries()) {
    const other = fit.halves[1 - index]!;
    const coefficients = solve(half.gram, moments[index]!, half.to - half.from);
    errors += squaredErrors(values, coefficients, { ...fit, from: other.from, to: other.to });
    const level = coefficients.map((value, term) => (term === 0 ? value : 0));
    total += squaredErrors(values, level, { ...fit, from: other.from, to: other.to });
  }
  return total === 0 ? 0 : Math.max(0, 1 - errors / total);
}

function solve(gram: Float64Array, moment: Float64Array, count: number): Float64Array {
  const terms = moment.length;
  const damped = gram.slice();
  for (let term = 1; term < terms; term++) damped[term * terms + term]! += RIDGE * count;
  const level = new Float64Array(terms);
  level[0] = moment[0]! / Math.max(count, 1);
  return solvePositiveDefinite(damped, moment, terms) ?? level;
}

function squaredErrors(
  values: Float64Array,
  coefficients: Float64Array,
  range: Fit & { readonly from: number; readonly to: number },
): number {
  let sum = 0;
  for (let i = range.from; i < range.to; i++)
    sum += (values[i]! - dot(range.design, i * range.terms, coefficients)) ** 2;
  return sum;
}

function dot(values: Float64Array, offset: number, other: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < other.length; i++) sum += values[offset + i]! * other[i]!;
  return sum;
}

interface Fitted {
  readonly design: Float64Array;
  readonly terms: number;
  readonly coefficients: Float64Array;
}

/** The usual distance from the fit: heavy tails count, the farthest few rows, which may be faults, do not. */
function strayOf(rows: Rows, column: number, { design, terms, coefficients }: Fitted): number {
  const distances = Float64Array.from({ length: rows.count }, (_, i) =>
    Math.abs(rows.values[i * rows.columns + column]! - dot(design, i * terms, coefficients)),
  )
    .filter((value) => !Number.isNaN(value))
    .sort();
  if (distances.length === 0) return 0;
  const cap = quantileOfSorted(distances, TAIL_PROBABILITY);
  const squares = distances.reduce((sum, value) => sum + Math.min(value, cap) ** 2, 0);
  return Math.max(Math.sqrt(squares / distances.length), cap / TAIL_DEVIATIONS);
}

/** The column without far values and gaps, and the least deviation that its range and level allow. */
function winsorised({ columns, count, values }: Rows, column: number) {
  const result = Float64Array.from({ length: count }, (_, i) => values[i * columns + column]!);
  const sorted = result.filter((value) => !Number.isNaN(value)).sort();
  if (sorted.length === 0) return { values: new Float64Array(count), floor: 1 };
  const [low, centre, high] = [0.25, 0.5, 0.75].map((p) => quantileOfSorted(sorted, p));
  const range = sorted.at(-1)! - sorted[0]!;
  const squares = sorted.reduce((sum, value) => sum + (value - centre!) ** 2, 0);
  const deviation = Math.sqrt(squares / sorted.length);
  const reach = WINSOR * Math.max((high! - low!) / 1.349, MIN_ROBUST_SHARE * deviation);
  for (let i = 0; i < count; i++) {
    const value = Number.isNaN(result[i]!) ? centre! : result[i]!;
    result[i] = Math.max(centre! - reach, Math.min(centre! + reach, value));
  }
  const floor = Math.max(MIN_RANGE_SHARE * range, MIN_LEVEL_SHARE * Math.abs(centre!));
  return { values: result, floor: floor > 0 ? floor : 1 };
}
