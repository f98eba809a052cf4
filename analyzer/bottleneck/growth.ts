// Growth that does not end: the part of a series since its last restart or large fall, and whether it is still rising.
import { mannKendall } from '../math/mann-kendall.ts';
import { quantileOfSorted } from '../math/quantile.ts';
import { theilSen } from '../math/theil-sen.ts';
import { endOf, type Series } from '../series/series.ts';

/** A fall to below this share of the value before it is a restart or a release: what came before does not count (Coroot: 50 %). */
const DROP_RATIO = 0.5;
/** The last quarter must still rise at least at this share of the whole slope, else it was a warm-up. */
const STILL_RISING_RATIO = 0.5;
/** A young process warms up: until then its second half must rise nearly as fast as its first. */
const YOUNG_SECONDS = 1_800;
const YOUNG_STEADY_RATIO = 0.85;
/** Medians of so many stretches: enough for slope and test, little enough for thousands of groups in every cycle. */
const MAX_BINS = 40;
const FEWEST_VALUES = 6;
/** Share of the steps that may go down: a leak gives back next to nothing, a load that comes and goes does. */
const MAX_FALL_RATIO = 0.35;

export interface Growth {
  readonly seconds: number;
  /** From the median of the first values to that of the last. */
  readonly bytes: number;
  /** Level at its beginning. */
  readonly startBytes: number;
  readonly perSecond: number;
}

export interface GrowthLimits {
  readonly seconds: number;
  readonly bytes: number;
  readonly pValue: number;
  /** Whether growth of this size would matter at all, asked before anything dear is worked out. */
  matters?(growth: Growth): boolean;
}

/**
 * The growth of the current run, or undefined when it is too short, too small, over, not above every earlier peak of this
 * process, or explained by chance. Cheap tests come first: most groups do not grow. O(n) for those, O(bins²) for the rest.
 */
export function findGrowth(
  history: Series,
  startTime: number,
  limits: GrowthLimits,
): Growth | undefined {
  const run = currentRun(history, startTime);
  const seconds = endOf(run) - run.start;
  if (!(seconds >= limits.seconds) || run.values.length < FEWEST_VALUES) return undefined;
  const { first, last } = ends(run.values);
  if (!(last - first >= limits.bytes) || !breaksNewGround(history, run, { startTime, last })) {
    return undefined;
  }
  const growth = { seconds, bytes: last - first, startBytes: first };
  if (limits.matters?.({ ...growth, perSecond: growth.bytes / seconds }) === false)
    return undefined;
  const bins = toBins(run.values);
  const step = (run.values.length / bins.length) * run.step;
  if (falls(bins, last - first)) return undefined;
  // The correction for autocorrelation is the dearest part and only ever lowers the confidence: it comes last.
  if (!rises(bins, limits.pValue, true)) return undefined;
  const slope = theilSen(bins).slope;
  if (!(slope > 0) || !keepsRising(bins, slope)) return undefined;
  if (endOf(run) - startTime < YOUNG_SECONDS && !isSteady(bins)) return undefined;
  return rises(bins, limits.pValue) ? { ...growth, perSecond: slope / step } : undefined;
}

function rises(bins: Float64Array, pValue: number, independent = false): boolean {
  const { p, z } = mannKendall(bins, independent);
  return z > 0 && p <= pValue;
}

/** The part of the history since the last restart of the group or the last large fall, gaps left out of its ends. */
export function currentRun(history: Series, startTime: number): Series {
  const { values, start, step } = history;
  let first = Math.max(0, Math.ceil((startTime - start) / step));
  let previous = Number.NaN;
  for (let index = first; index < values.length; index += 1) {
    const value = values[index]!;
    if (Number.isNaN(value)) continue;
    if (value < previous * DROP_RATIO) first = index;
    previous = value;
  }
  while (first < values.length && Number.isNaN(values[first])) first += 1;
  return { ...history, start: start + first * step, values: values.subarray(first) };
}

/** The typical values of both ends: one peak of a saw-tooth is no level. */
function ends(values: Float64Array): { first: number; last: number } {
  const width = Math.max(1, Math.floor(values.length / 20));
  return {
    first: median(values.subarray(0, width)),
    last: median(values.subarray(values.length - width)),
  };
}

/** A saw-tooth rises again and again to where it has been before: only a level above every earlier peak is growth. */
function breaksNewGround(
  history: Series,
  run: Series,
  { startTime, last }: { startTime: number; last: number },
): boolean {
  const firstIndex = Math.max(0, Math.ceil((startTime - history.start) / history.step));
  const before = history.values.subarray(firstIndex, history.values.length - run.values.length);
  const peak = before.reduce((high, value) => (value > high ? value : high), 0);
  return last > peak;
}

/** Medians of stretches of equal length; NaN where a whole stretch is missing. */
function toBins(values: Float64Array): Float64Array {
  const size = Math.ceil(values.length / MAX_BINS);
  const bins = new Float64Array(Math.ceil(values.length / size));
  for (let index = 0; index < bins.length; index += 1) {
    bins[index] = median(values.subarray(index * size, (index + 1) * size));
  }
  return bins;
}

/** Of thousands of short stretches in every cycle: sorted in place of a copy, where NaN come last. */
function median(values: Float64Array): number {
  const sorted = values.slice().sort();
  let length = sorted.length;
  while (length > 0 && Number.isNaN(sorted[length - 1])) length -= 1;
  return quantileOfSorted(sorted.subarray(0, length), 0.5);
}

function keepsRising(bins: Float64Array, slope: number): boolean {
  const lastQuarter = bins.subarray(Math.floor(bins.length * 0.75));
  return theilSen(lastQuarter).slope >= slope * STILL_RISING_RATIO;
}

/** What a saw-tooth or a load that comes and goes gives back, as a share of the growth. */
function falls(bins: Float64Array, growth: number): boolean {
  let fallen = 0;
  let previous = Number.NaN;
  for (const value of bins) {
    if (Number.isNaN(value)) continue;
    if (value < previous) fallen += previous - value;
    previous = value;
  }
  return fallen > MAX_FALL_RATIO * growth;
}

function isSteady(bins: Float64Array): boolean {
  const middle = Math.floor(bins.length / 2);
  const before = theilSen(bins.subarray(0, middle)).slope;
  const after = theilSen(bins.subarray(middle)).slope;
  return after >= before * YOUNG_STEADY_RATIO;
}
