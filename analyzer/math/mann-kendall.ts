// Is there a monotone trend at all? A test on signs, so units, outliers and curvature do not matter.
import { autocorrelations } from './autocorrelation.ts';
import { normalHalfWidth, normalUpperTail } from './normal.ts';
import { theilSen, thinnedIndices } from './theil-sen.ts';

/** The pairs are O(n²): beyond this many points an even subsample is used. */
const MAX_POINTS = 1000;
/** An autocorrelation counts when it differs from 0 at this confidence (Hamed & Rao 1998). */
const AUTOCORRELATION_CONFIDENCE = 0.95;

export interface Trend {
  /** Kendall's tau-a in [-1, 1]: the surplus of rising pairs. */
  readonly tau: number;
  /** Positive for a rising series. */
  readonly z: number;
  /** Two-sided: the chance of a |z| like this without a trend; 1 when nothing can be said. */
  readonly p: number;
}

/**
 * The Mann–Kendall test with correction for ties and, unless `independent` is set, for
 * autocorrelation: Hamed & Rao (1998), "A modified Mann-Kendall trend test for autocorrelated
 * data", J. Hydrology 204. Monitoring data are autocorrelated, and without the correction nearly
 * every random walk "has a trend". The correction only ever lowers the confidence: negative
 * autocorrelations at long lags, an artefact of detrending, may not raise it.
 * NaN values are left out; more than 1,000 values are thinned evenly. O(min(n, 1000)²).
 */
export function mannKendall(values: ArrayLike<number>, independent = false): Trend {
  const kept = thinnedIndices(values, MAX_POINTS).map((index) => values[index]!);
  const n = kept.length;
  if (n < 3) return { tau: 0, z: 0, p: 1 };
  const s = risingSurplus(kept);
  const variance = varianceWithTies(kept) * (independent ? 1 : varianceInflation(kept));
  const z = variance > 0 ? (s - Math.sign(s)) / Math.sqrt(variance) : 0;
  return { tau: s / ((n * (n - 1)) / 2), z, p: Math.min(1, 2 * normalUpperTail(Math.abs(z))) };
}

function risingSurplus(values: readonly number[]): number {
  let surplus = 0;
  for (let i = 1; i < values.length; i++)
    for (let j = 0; j < i; j++) surplus += Math.sign(values[i]! - values[j]!);
  return surplus;
}

function varianceWithTies(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const term = (n: number) => n * (n - 1) * (2 * n + 5);
  let ties = 0;
  for (const count of counts.values()) ties += term(count);
  return (term(values.length) - ties) / 18;
}

/** n / n*: how much larger the variance of S is than with independent values; at least 1. */
function varianceInflation(values: readonly number[]): number {
  const n = values.length;
  const { slope } = theilSen(values);
  const ranks = averageRanks(values.map((value, index) => value - slope * (index + 1)));
  const correlations = autocorrelations(ranks, n - 1);
  const significant = normalHalfWidth(AUTOCORRELATION_CONFIDENCE) / Math.sqrt(n);
  let sum = 0;
  for (let lag = 1; lag < n; lag++) {
    const correlation = correlations[lag]!;
    if (Math.abs(correlation) <= significant) continue;
    sum += (n - lag) * (n - lag - 1) * (n - lag - 2) * correlation;
  }
  return Math.max(1, 1 + (2 * sum) / (n * (n - 1) * (n - 2)));
}

/** Ranks from 1; equal values share the mean of theirs. */
function averageRanks(values: readonly number[]): Float64Array {
  const order = values.map((_, index) => index).sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to += 1;
    for (let i = from; i < to; i++) ranks[order[i]!] = (from + 1 + to) / 2;
    from = to;
  }
  return ranks;
}
