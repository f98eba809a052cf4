// The series of the host that move with a finding, earlier or later: a direction to look into, never a proof of a cause.
import { autocorrelation } from '../math/autocorrelation.ts';
import { strongestLag } from '../math/cross-correlation.ts';
import { normalUpperTail } from '../math/normal.ts';
import type { Correlated } from '../series/finding.ts';
import type { Labels } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { digits, formatSpan } from './format.ts';
import { hintSubject } from './hint.ts';

const TOP = 3;
/** Below this a connection explains less than half of the movement (r² < 0.5). */
const LEAST_COEFFICIENT = 0.7;
/** Two-sided, for each of what may be hundreds of series: of a thousand that have nothing to do with it, one would pass. */
const MAX_P_VALUE = 0.001;
/** Values on the grid below which nothing is said: 10 minutes at 15 s. */
const LEAST_VALUES = 40;
/** How far one may follow the other. */
const MAX_LAG_SECONDS = 120;
/** Series looked at for one finding; the first are taken. */
const MAX_CANDIDATES = 1_000;

export interface Candidate {
  /** Name of the feature. */
  readonly signal: string;
  /** Whose value it is. */
  readonly subject: Labels;
  readonly series: Series;
  readonly promql: string;
}

export interface Correlations {
  /** The strongest first, at most three. */
  readonly strongest: readonly Correlated[];
  /** Why there is none; undefined when there is one. */
  readonly untold: string | undefined;
}

/**
 * Pearson's correlation at the best lag of up to two minutes. Neighbouring values of such series resemble each other, so
 * the number of independent pairs is corrected for the autocorrelation of both (Bretherton et al. 1999, J. Climate 12,
 * eq. 31) before Fisher's z decides. O(candidates · values · lags).
 */
export function correlate(main: Candidate, candidates: readonly Candidate[]): Correlations {
  const tooFew = tooFewValues(main);
  if (tooFew !== undefined) return { strongest: [], untold: tooFew };
  const strongest = candidates
    .slice(0, MAX_CANDIDATES)
    .flatMap((candidate) => correlateOne(main, candidate) ?? [])
    .sort((a, b) => Math.abs(b.coefficient) - Math.abs(a.coefficient))
    .slice(0, TOP);
  const untold = `none of ${candidates.length} series of the host moves with ${main.signal} more than chance explains`;
  return { strongest, untold: strongest.length > 0 ? undefined : untold };
}

/** A sentence where the main signal is too young for any comparison. */
export function tooFewValues({ signal, series }: Candidate): string | undefined {
  const values = presentValues(series.values);
  if (values >= LEAST_VALUES) return undefined;
  return `${signal} has ${values} values yet, a correlation needs ${LEAST_VALUES}`;
}

/** The change of every step: what grows without end resembles everything else that has a trend, its increments do not. */
export function increments(series: Series): Series {
  const { values } = series;
  const changes = values.map((value, index) =>
    index === 0 ? Number.NaN : value - values[index - 1]!,
  );
  return { ...series, values: changes };
}

function correlateOne(main: Candidate, candidate: Candidate): Correlated | undefined {
  const { step, values } = main.series;
  const other = candidate.series.values;
  if (presentValues(other) < LEAST_VALUES) return undefined;
  const { correlation, lag } = strongestLag(values, other, Math.floor(MAX_LAG_SECONDS / step));
  if (!(Math.abs(correlation) >= LEAST_COEFFICIENT)) return undefined;
  const pairs = independentPairs(values, other, Math.abs(lag));
  if (!(pValue(correlation, pairs) <= MAX_P_VALUE)) return undefined;
  const { signal, subject, promql } = candidate;
  const lagSeconds = lag * step;
  return {
    signal,
    subject,
    coefficient: correlation,
    lagSeconds,
    text: describe({ main, candidate, correlation, lagSeconds }),
    promql,
  };
}

/** How many independent pairs so many dependent ones are worth. */
function independentPairs(a: Float64Array, b: Float64Array, lag: number): number {
  let pairs = 0;
  for (let index = 0; index + lag < Math.min(a.length, b.length); index += 1) {
    if (!Number.isNaN(a[index]) && !Number.isNaN(b[index])) pairs += 1;
  }
  const product = Math.max(0, autocorrelation(a, 1)) * Math.max(0, autocorrelation(b, 1));
  return (pairs * (1 - product)) / (1 + product);
}

/** Two-sided, by Fisher's transformation; 1 where there are too few pairs for it. */
function pValue(correlation: number, pairs: number): number {
  if (!(pairs > 3)) return 1;
  const bounded = Math.min(0.999999, Math.abs(correlation));
  return 2 * normalUpperTail(Math.atanh(bounded) * Math.sqrt(pairs - 3));
}

function describe({
  main,
  candidate,
  correlation,
  lagSeconds,
}: {
  readonly main: Candidate;
  readonly candidate: Candidate;
  readonly correlation: number;
  readonly lagSeconds: number;
}): string {
  const way = correlation > 0 ? 'with' : 'against';
  const when =
    lagSeconds === 0
      ? 'at the same time'
      : `${formatSpan(Math.abs(lagSeconds))} ${lagSeconds > 0 ? 'later' : 'earlier'}`;
  const { signal, subject } = candidate;
  return `${signal} of ${hintSubject(subject).name} moves ${way} ${main.signal}, ${when} (correlation ${digits(correlation)})`;
}

function presentValues(values: Float64Array): number {
  let count = 0;
  for (const value of values) if (Number.isFinite(value)) count += 1;
  return count;
}
