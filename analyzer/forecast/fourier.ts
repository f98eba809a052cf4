// Waves of the day and of the week, fitted by least squares in which the past fades, and the last error dying away.
import { solvePositiveDefinite } from '../math/cholesky.ts';
import type { Model } from './model.ts';
import { plausible } from './plausible.ts';
import type { RollingModel } from './rolling.ts';

const MIN_SEASONS = 2;
/** Waves per season: ten describe a day with two rush hours. */
const MAX_SHORT_WAVES = 10;
const MAX_LONG_WAVES = 6;
/** A value this many short seasons ago weighs half: a day that moved by an hour is forgotten in a fortnight. */
const HALF_LIFE_SEASONS = 7;
const PENALTY = 0.1;
/** Errors that hardly fade would make the path a random walk. */
const MAX_MEMORY = 0.98;

export interface FourierSeasons {
  readonly short: number;
  readonly long?: number | undefined;
}

/** Dynamic harmonic regression (Hyndman & Athanasopoulos, FPP3, section 10.5) with an AR(1) error. O(n · waves²). */
export function fourier(seasons: FourierSeasons): Model {
  return {
    name: nameOf(seasons),
    family: 'fourier',
    fit(values) {
      if (values.length < MIN_SEASONS * seasons.short) return undefined;
      const frequencies = frequenciesOf(seasons, values.length);
      const sums = emptySums(frequencies.length, seasons.short);
      addRows(sums, values, { waves: wavesAt(frequencies, values.length), to: values.length });
      return {
        predict(steps) {
          const waves = wavesAt(frequencies, values.length + steps);
          const curve = solve(sums, values, waves);
          if (curve === undefined) return undefined;
          const { memory, spread } = curve;
          const fades = (_: number, i: number) => spread * Math.sqrt(1 - memory ** (2 * (i + 1)));
          const error = Float64Array.from({ length: steps }, fades);
          return plausible({ centre: extrapolate(curve, waves, steps), error }, values, steps);
        },
      };
    },
  };
}

/** The same at many origins: its sums only grow and fade, so that a dozen cost little more than the last. */
export function rollingFourier(seasons: FourierSeasons): RollingModel {
  return {
    name: nameOf(seasons),
    roll(values, { origins, steps }) {
      if (origins[0]! < MIN_SEASONS * seasons.short) return undefined;
      const frequencies = frequenciesOf(seasons, origins[0]!);
      const waves = wavesAt(frequencies, values.length + steps);
      const sums = emptySums(frequencies.length, seasons.short);
      const paths: Float64Array[] = [];
      for (const origin of origins) {
        addRows(sums, values, { waves, to: origin });
        const curve = solve(sums, values.subarray(0, origin), waves);
        if (curve === undefined) return undefined;
        paths.push(extrapolate(curve, waves, steps));
      }
      return paths;
    },
  };
}

function nameOf({ short, long }: FourierSeasons): string {
  return `fourier(${long === undefined ? short : `${short},${long}`})`;
}

/** Cycles per step; a wave of the week that is one of the day already is left out. */
function frequenciesOf({ short, long }: FourierSeasons, length: number): number[] {
  const daily = harmonics(short, MAX_SHORT_WAVES);
  const weekly =
    long === undefined || length < MIN_SEASONS * long ? [] : harmonics(long, MAX_LONG_WAVES);
  const isNew = (wave: number) => daily.every((other) => Math.abs(other - wave) > 1e-9);
  return [...daily, ...weekly.filter(isNew)];
}

/** Up to the fastest wave that the steps can show; at exactly half a step a sine is 0 everywhere. */
function harmonics(season: number, most: number): number[] {
  const count = Math.max(1, Math.min(most, Math.ceil(season / 2) - 1));
  return Array.from({ length: count }, (_, k) => (k + 1) / season);
}

/** One row per index: 1 and then sine and cosine of every frequency, each row the one before turned by its angle. */
function wavesAt(frequencies: readonly number[], length: number): Float64Array {
  const size = 1 + 2 * frequencies.length;
  const waves = new Float64Array(length * size);
  for (let index = 0; index < length; index++) waves[index * size] = 1;
  for (let k = 0; k < frequencies.length; k++) {
    const angle = 2 * Math.PI * frequencies[k]!;
    const [turnSine, turnCosine] = [Math.sin(angle), Math.cos(angle)];
    let [sine, cosine] = [0, 1];
    for (let at = 2 * k + 1; at < waves.length; at += size) {
      waves[at] = sine;
      waves[at + 1] = cosine;
      const next = sine * turnCosine + cosine * turnSine;
      cosine = cosine * turnCosine - sine * turnSine;
      sine = next;
    }
  }
  return waves;
}

interface Sums {
  readonly size: number;
  /** By which a row's weight shrinks with every step. */
  readonly decay: number;
  /** XᵀWX, lower triangle. */
  readonly products: Float64Array;
  /** XᵀWy. */
  readonly response: Float64Array;
  /** Rows that are in the sums. */
  rows: number;
}

function emptySums(waves: number, season: number): Sums {
  const size = 1 + 2 * waves;
  return {
    size,
    decay: 0.5 ** (1 / (HALF_LIFE_SEASONS * season)),
    products: new Float64Array(size * size),
    response: new Float64Array(size),
    rows: 0,
  };
}

/** Fades what is there and adds the observations up to `to`; the newest weighs 1. */
function addRows(
  sums: Sums,
  values: Float64Array,
  { waves, to }: { readonly waves: Float64Array; readonly to: number },
): void {
  const { size, decay, products, response } = sums;
  const fading = decay ** (to - sums.rows);
  for (let i = 0; i < products.length; i++) products[i]! *= fading;
  for (let i = 0; i < size; i++) response[i]! *= fading;
  for (let index = sums.rows; index < to; index++) {
    const row = index * size;
    const weight = decay ** (to - 1 - index);
    for (let i = 0; i < size; i++) {
      const value = waves[row + i]! * weight;
      response[i]! += value * values[index]!;
      for (let j = 0; j <= i; j++) products[i * size + j]! += value * waves[row + j]!;
    }
  }
  sums.rows = to;
}

interface Curve {
  readonly coefficients: Float64Array;
  /** How much of an error is left one step later. */
  readonly memory: number;
  /** The size of the errors lately. */
  readonly spread: number;
  readonly lastError: number;
  readonly length: number;
}

function solve(sums: Sums, values: Float64Array, waves: Float64Array): Curve | undefined {
  const { size, decay, products, response } = sums;
  const matrix = products.slice();
  for (let i = 0; i < size; i++) matrix[i * size + i]! += PENALTY;
  const coefficients = solvePositiveDefinite(matrix, response, size);
  if (coefficients === undefined) return undefined;
  let [shared, squares, total, weight, before] = [0, 0, 0, 1, 0];
  for (let index = values.length - 1; index >= 0; index--) {
    const error = values[index]! - at(coefficients, waves, index);
    if (index < values.length - 1) shared += weight * error * before;
    squares += weight * error * error;
    total += weight;
    weight *= decay;
    before = error;
  }
  const memory = squares > 0 ? Math.max(0, Math.min(MAX_MEMORY, shared / squares)) : 0;
  const last = values.length - 1;
  const lastError = values[last]! - at(coefficients, waves, last);
  const spread = Math.sqrt(squares / total);
  return { coefficients, memory, spread, lastError, length: values.length };
}

function extrapolate(curve: Curve, waves: Float64Array, steps: number): Float64Array {
  const { coefficients, memory, lastError, length } = curve;
  return Float64Array.from(
    { length: steps },
    (_, i) => at(coefficients, waves, length + i) + lastError * memory ** (i + 1),
  );
}

function at(coefficients: Float64Array, waves: Float64Array, index: number): number {
  const row = index * coefficients.length;
  let sum = 0;
  for (let i = 0; i < coefficients.length; i++) sum += waves[row + i]! * coefficients[i]!;
  return sum;
}
