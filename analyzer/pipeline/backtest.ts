// Rolling origins over a past range: what would have been said, and what came. The code that forecasts is that of the live run.
import type { Absence, SubjectReport } from '../report/backtest-report.ts';
import { labelsKey, withoutLabels } from '../series/labels.ts';
import { exampleOf, MAX_EXAMPLES } from './backtest-examples.ts';
import { errorsByStep, type Outcome, scoreOutcomes } from './backtest-score.ts';
import { type Dated, scoreDates } from './backtest-threshold.ts';
import { createTruth, type Truth } from './backtest-truth.ts';
import type { PastForecast, Replay } from './replay.ts';
import { toOutcome } from './replay-measure.ts';

export interface BacktestRange {
  /** Unix seconds; the forecasts are made and their truth lies within. */
  readonly from: number;
  readonly to: number;
  /** Moments at which forecasts are made, at most. */
  readonly maxOrigins: number;
  /** Seconds between two origins; without it they are spread evenly. */
  readonly spacing?: number | undefined;
}

export interface BacktestProgress {
  readonly done: number;
  readonly total: number;
}

interface Claim {
  readonly key: string;
  readonly past: PastForecast;
}

interface Scored {
  readonly claim: Claim;
  readonly outcome: Outcome;
}

/** One signal or query at one horizon. @throws {QueryError} when the server cannot be asked. */
export async function runBacktest(
  replay: Replay,
  range: BacktestRange,
  onProgress: (progress: BacktestProgress) => void = () => {},
): Promise<SubjectReport> {
  const origins = originsOf(range, replay.horizon);
  const truth = createTruth();
  const absences = new Map<string, Absence>();
  const claims: Claim[] = [];
  const claimed = new Set<string>();
  for (const [index, origin] of origins.entries()) {
    const { forecasts, absent } = await replay.forecast(origin);
    for (const { reason, detail } of new Map(absent.map((one) => [one.reason, one])).values())
      absences.set(reason, { reason, detail, count: (absences.get(reason)?.count ?? 0) + 1 });
    for (const past of forecasts) {
      const key = labelsKey(withoutLabels(past.labels));
      claimed.add(key);
      claims.push({ key, past });
    }
    const came = await replay.truth(origin + replay.horizon + (forecasts[0]?.step ?? 0));
    truth.add(came.filter(({ labels }) => claimed.has(labelsKey(withoutLabels(labels)))));
    onProgress({ done: index + 1, total: origins.length });
  }
  const scored = claims.flatMap((claim) => scoreClaim(claim, replay, truth));
  return report(replay, { origins, claims, scored, truth, absent: [...absences.values()] });
}

/** From the first to the last moment whose whole horizon lies within the range. */
export function originsOf(
  { from, to, maxOrigins, spacing }: BacktestRange,
  horizon: number,
): number[] {
  const last = to - horizon;
  if (last < from) return [];
  const even = maxOrigins < 2 ? Number.POSITIVE_INFINITY : (last - from) / (maxOrigins - 1);
  const apart = Math.max(spacing ?? even, even, 1);
  const count = Math.min(maxOrigins, Math.floor((last - from) / apart + 1e-9) + 1);
  return Array.from({ length: count }, (_, k) => last - (count - 1 - k) * apart).map(Math.round);
}

function scoreClaim(claim: Claim, replay: Replay, truth: Truth): Scored[] {
  const { past, key } = claim;
  const series = truth.series(key, past.step);
  if (series === undefined) return [];
  const end = Math.round((past.end - series.start) / series.step) + 1;
  if (end < 1) return [];
  const points = Math.min(end, truth.knownPoints(key, past.step, past.end));
  const season = replay.seasonOf(past.step, points);
  return [{ claim, outcome: toOutcome(series, { end, forecast: past.forecast, season }) }];
}

interface Findings {
  readonly origins: readonly number[];
  readonly claims: readonly Claim[];
  readonly scored: readonly Scored[];
  readonly truth: Truth;
  readonly absent: readonly Absence[];
}

function report(
  { name, unit, horizon, seasonOf }: Replay,
  { origins, claims, scored, truth, absent }: Findings,
): SubjectReport {
  const outcomes = scored.map(({ outcome }) => outcome);
  const first = claims[0]?.past;
  const models = Map.groupBy(outcomes, ({ forecast }) => forecast.model);
  const step = first?.step ?? 0;
  const dated: Dated[] = scored.map(({ claim, outcome }) => ({
    subject: claim.key,
    past: claim.past,
    actual: outcome.actual,
  }));
  return {
    ...{ signal: name, unit, horizon, step, origins, absent },
    season: (first && seasonOf(step, truth.longest(step))) ?? null,
    series: new Set(claims.map(({ key }) => key)).size,
    all: scoreOutcomes(outcomes),
    byModel: [...models].flatMap(([model, list]) => {
      const scores = scoreOutcomes(list);
      return scores === null ? [] : [{ model, ...scores }];
    }),
    threshold: scoreDates(dated),
    errorByStep: errorsByStep(outcomes, ({ forecast }) => forecast.median),
    yardstickErrorByStep: errorsByStep(outcomes, ({ yardstick }) => yardstick),
    examples: [...Map.groupBy(claims, ({ key }) => key)].slice(0, MAX_EXAMPLES).flatMap(
      ([key, list]) =>
        exampleOf(
          truth,
          key,
          list.map(({ past }) => past),
        ) ?? [],
    ),
  };
}
