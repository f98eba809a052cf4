// Were the dates right? Crossings that were foretold, that came, that came unforetold, and how long before.
import { timeToThreshold } from '../forecast/time-to-threshold.ts';
import { median } from '../math/quantile.ts';
import type { ThresholdScores } from '../report/backtest-report.ts';
import type { PastForecast } from './replay.ts';

/** With more gaps than that, "it did not cross" is not known. */
const MIN_MEASURED_SHARE = 0.8;

export interface Dated {
  /** Identity of the series. */
  readonly subject: string;
  readonly past: PastForecast;
  /** What came, one value per step of the forecast. */
  readonly actual: Float64Array;
}

interface Judged {
  readonly subject: string;
  /** Unix seconds of the last observation. */
  readonly end: number;
  /** Seconds after it; Infinity = not within the horizon. */
  readonly foretold: { readonly p10: number; readonly p50: number; readonly p90: number };
  readonly came: number;
  readonly step: number;
}

/** Null where no forecast had a limit that was not reached yet. What was not measured to the end counts only if it crossed. */
export function scoreDates(all: readonly Dated[]): ThresholdScores | null {
  const judged = all.flatMap(judge);
  if (judged.length === 0) return null;
  const said = judged.filter(({ foretold }) => Number.isFinite(foretold.p50));
  const crossed = judged.filter(({ came }) => Number.isFinite(came));
  const hits = said.filter(({ came }) => Number.isFinite(came));
  const leads = leadTimes(hits);
  const inBand = ({ came, foretold }: Judged) => foretold.p10 <= came && came <= foretold.p90;
  return {
    hits: hits.length,
    misses: crossed.length - hits.length,
    falseAlarms: said.length - hits.length,
    hitRate: ratio(hits.length, crossed.length),
    falseRate: ratio(said.length - hits.length, said.length),
    crossingsForetold: leads.length,
    leadSeconds: orNull(median(leads)),
    dateErrorSeconds: orNull(
      median(hits.map(({ came, foretold }) => Math.abs(came - foretold.p50))),
    ),
    withinBandRatio: ratio(crossed.filter(inBand).length, crossed.length),
  };
}

function judge({ subject, past, actual }: Dated): Judged[] {
  const { limit, direction, step, value, timeToThreshold: foretold } = past;
  if (limit === undefined || foretold === undefined) return [];
  const over = direction === 'above' ? value >= limit : value <= limit;
  if (over) return [];
  const came = crossingOf(actual, { limit, direction, step, current: value });
  if (!Number.isFinite(came) && !isMeasured(actual)) return [];
  return [{ subject, end: past.end, foretold, came, step }];
}

function isMeasured(actual: Float64Array): boolean {
  const known = actual.reduce((count, value) => count + (Number.isFinite(value) ? 1 : 0), 0);
  return known >= MIN_MEASURED_SHARE * actual.length;
}

/** The same definition of a crossing that the forecasts have, applied to what came. */
function crossingOf(
  actual: Float64Array,
  threshold: { limit: number; direction: 'above' | 'below'; step: number; current: number },
): number {
  const level = 0.8;
  const path = actual.map((value) => (Number.isFinite(value) ? value : Number.NaN));
  const intervals = [{ level, lower: path, upper: path }];
  return timeToThreshold({ model: 'truth', median: path, intervals }, threshold).p50;
}

/** For each crossing, from the first forecast that foretold it. Dates closer than two steps are the same crossing. */
function leadTimes(hits: readonly Judged[]): number[] {
  const leads: number[] = [];
  for (const list of Map.groupBy(hits, ({ subject }) => subject).values()) {
    let date = Number.NEGATIVE_INFINITY;
    for (const { end, came, step } of list.toSorted(
      (a, b) => a.end + a.came - b.end - b.came || a.end - b.end,
    )) {
      if (end + came - date > 2 * step) leads.push(came);
      else leads[leads.length - 1] = Math.max(leads.at(-1)!, came);
      date = end + came;
    }
  }
  return leads;
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
