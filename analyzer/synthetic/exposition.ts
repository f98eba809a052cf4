// The engine's results as metric families: what Prometheus stores of them. Fresh per scrape, timestamps never.
import type { Labels, MetricFamily, Sample } from '../../exporter/promformat/family.ts';
import { formatDuration } from '../../service/duration.ts';
import {
  type HorizonAnswer,
  joinHorizons,
  type TimeToThreshold,
} from '../forecast/time-to-threshold.ts';
import type { Accuracy } from '../forecast/track-record.ts';
import type { Finding, Unavailable, Verdict } from '../series/finding.ts';
import type { Forecast } from '../series/forecast.ts';
import { labelsKey } from '../series/labels.ts';
import { withOwnLabels } from './own-labels.ts';

/** Verdicts below this score are nobody's bottleneck; leaving them out bounds the number of series. */
const MIN_SCORE = 0.1;
const MAX_SUGGESTIONS = 3;

export interface ForecastResult {
  readonly signal: string;
  readonly labels: Labels;
  readonly horizon: number;
  /** Unix seconds of the last observation; `timeToThreshold` counts from there. */
  readonly end: number;
  readonly forecast: Forecast;
  readonly timeToThreshold: TimeToThreshold | undefined;
}

/** The measured accuracy of earlier forecasts of one signal and horizon. */
export interface AccuracyResult {
  readonly signal: string;
  readonly horizon: number;
  readonly accuracy: Accuracy;
}

export interface Results {
  readonly verdicts: readonly Verdict[];
  readonly findings: readonly Finding[];
  readonly forecasts: readonly ForecastResult[];
  readonly accuracy: readonly AccuracyResult[];
  readonly unavailable: readonly Unavailable[];
}

/** Every synthetic series of DESIGN's public names that the engine has something to say about at `now` (Unix seconds). */
export function toFamilies(
  { verdicts, findings, forecasts, accuracy, unavailable }: Results,
  now: number,
): MetricFamily[] {
  const open = findings.filter(({ state }) => state !== 'resolved');
  return [
    gauge(
      'guard_bottleneck_score',
      'Degree (0-1) to which a process group is a bottleneck of a kind; a finding from 0.5 on.',
      scores(verdicts, open),
    ),
    gauge(
      'guard_finding',
      'A bottleneck that is open now, pending or firing; the value is always 1.',
      open.map(findingSample),
    ),
    gauge(
      'guard_suggestion',
      'What to do about an open finding, best (rank 1) first; the value is always 1.',
      open.flatMap(suggestionSamples),
    ),
    gauge(
      'guard_finding_learned_ratio',
      'What the learned classifier gives to the kind of an open finding, beside the score of the rules.',
      open.flatMap(learnedSample),
    ),
    gauge(
      'guard_forecast',
      "The value expected at now plus the horizon, by quantile; the signal's own unit.",
      forecasts.flatMap(forecastSamples),
    ),
    gauge(
      'guard_forecast_model_info',
      'The model that made a forecast; the value is always 1.',
      forecasts.map(modelSample),
    ),
    gauge(
      'guard_time_to_threshold_seconds',
      'Seconds until the signal crosses its limit: 0.1 is the early edge of the band, +Inf means not within the longest horizon.',
      thresholdSamples(forecasts, now),
    ),
    gauge(
      'guard_forecast_coverage_ratio',
      'Share of earlier forecasts whose interval of this level held the value that came; should equal the level.',
      accuracy.flatMap(coverageSamples),
    ),
    gauge(
      'guard_forecast_error',
      "Error of earlier forecasts: mase is relative to 'stays as it is' (below 1 is better), mape to the value, rmse in the signal's unit.",
      accuracy.flatMap(errorSamples),
    ),
    gauge(
      'guard_forecast_model_error',
      'The same as guard_forecast_error, for each model that made the forecasts.',
      accuracy.flatMap((one) => byModel(one, errorSamples)),
    ),
    gauge(
      'guard_forecast_model_coverage_ratio',
      'The same as guard_forecast_coverage_ratio, for each model that made the forecasts.',
      accuracy.flatMap((one) => byModel(one, coverageSamples)),
    ),
    gauge(
      'guard_forecast_naive_wins_ratio',
      "Share of earlier forecasts in which 'stays as it is' was nearer to what came.",
      accuracy.map((one) => ({ labels: horizonLabels(one), value: one.accuracy.naiveWinsRatio })),
    ),
    gauge(
      'guard_unavailable',
      'What could not be judged or forecast, and why; the value is always 1.',
      unavailableSamples(unavailable),
    ),
  ];
}

function gauge(name: string, help: string, samples: readonly Sample[]): MetricFamily {
  return { name, help, type: 'gauge', samples };
}

function scores(verdicts: readonly Verdict[], open: readonly Finding[]): Sample[] {
  const samples = verdicts
    .filter(({ score }) => score >= MIN_SCORE)
    .map(({ kind, subject, score }) => ({ labels: { ...subject, kind }, value: score }));
  const seen = new Set(samples.map(({ labels }) => JSON.stringify(labels)));
  const fading = open
    .map(({ kind, subject, score }) => ({ labels: { ...subject, kind }, value: score }))
    .filter(({ labels }) => !seen.has(JSON.stringify(labels)));
  return [...samples, ...fading];
}

function findingSample({ kind, subject, severity, state }: Finding): Sample {
  return { labels: { ...subject, kind, severity, state }, value: 1 };
}

function learnedSample({ kind, subject, learned }: Finding): Sample[] {
  return learned === undefined ? [] : [{ labels: { ...subject, kind }, value: learned.agreement }];
}

function suggestionSamples({ kind, subject, suggestions }: Finding): Sample[] {
  return suggestions.slice(0, MAX_SUGGESTIONS).map(({ id }, index) => ({
    labels: { ...subject, kind, suggestion: id, rank: String(index + 1) },
    value: 1,
  }));
}

function forecastSamples({ signal, labels, horizon, forecast }: ForecastResult): Sample[] {
  const own = { signal, horizon: formatDuration(horizon) };
  return quantilesAtEnd(forecast).map(([quantile, value]) => ({
    labels: withOwnLabels(labels, { ...own, quantile: String(quantile) }),
    value,
  }));
}

/** The quantiles of the last step. */
function quantilesAtEnd(forecast: Forecast): [number, number][] {
  return quantilePaths(forecast).map(([quantile, path]) => [quantile, path.at(-1)!]);
}

/** The paths of a forecast by quantile: the bounds of every interval and the median, ascending. */
export function quantilePaths({ median, intervals }: Forecast): [number, Float64Array][] {
  const pairs = intervals.flatMap(({ level, lower, upper }): [number, Float64Array][] => [
    [tailOf(level), lower],
    [roundProbability(1 - tailOf(level)), upper],
  ]);
  return [...pairs, [0.5, median] as [number, Float64Array]].sort(([a], [b]) => a - b);
}

function tailOf(level: number): number {
  return roundProbability((1 - level) / 2);
}

/** 0.025 and not 0.025000000000000022. */
function roundProbability(probability: number): number {
  return Math.round(probability * 1e6) / 1e6;
}

function modelSample({ signal, labels, horizon, forecast }: ForecastResult): Sample {
  return {
    labels: withOwnLabels(labels, {
      signal,
      horizon: formatDuration(horizon),
      model: forecast.model,
    }),
    value: 1,
  };
}

function horizonLabels({ signal, horizon }: AccuracyResult): Labels {
  return { signal, horizon: formatDuration(horizon) };
}

function coverageSamples(result: AccuracyResult): Sample[] {
  return [...result.accuracy.coverage].map(([level, value]) => ({
    labels: { ...horizonLabels(result), level: String(level) },
    value,
  }));
}

/** The samples of each model's own accuracy, with its name as label. */
function byModel(
  result: AccuracyResult,
  samplesOf: (result: AccuracyResult) => Sample[],
): Sample[] {
  return [...(result.accuracy.byModel ?? [])].flatMap(([model, accuracy]) =>
    samplesOf({ ...result, accuracy }).map(({ labels, value }) => ({
      labels: { ...labels, model },
      value,
    })),
  );
}

function errorSamples(result: AccuracyResult): Sample[] {
  const { scaledError: mase, percentageError: mape, rootMeanSquareError: rmse } = result.accuracy;
  return Object.entries({ mase, mape, rmse })
    .filter(([, value]) => Number.isFinite(value))
    .map(([measure, value]) => ({ labels: { ...horizonLabels(result), measure }, value }));
}

/** One date per subject: the earliest of the horizons, since the short ones see sharper and the long ones farther. */
function thresholdSamples(forecasts: readonly ForecastResult[], now: number): Sample[] {
  return earliestCrossings(forecasts, now).flatMap(({ signal, labels, p10, p50, p90 }) =>
    Object.entries({ '0.1': p10, '0.5': p50, '0.9': p90 }).map(([quantile, value]) => ({
      labels: withOwnLabels(labels, { signal, quantile }),
      value,
    })),
  );
}

export interface Crossing extends TimeToThreshold {
  readonly signal: string;
  readonly labels: Labels;
}

/** One crossing per subject, joined from its horizons, in seconds from `now` (Unix seconds). */
export function earliestCrossings(forecasts: readonly ForecastResult[], now: number): Crossing[] {
  const bySubject = new Map<string, { signal: string; labels: Labels; answers: HorizonAnswer[] }>();
  for (const { signal, labels, horizon, end, timeToThreshold } of [...forecasts].sort(
    (a, b) => a.horizon - b.horizon,
  )) {
    if (timeToThreshold === undefined) continue;
    const key = `${signal}${labelsKey(labels)}`;
    const subject = bySubject.get(key) ?? { signal, labels, answers: [] };
    subject.answers.push({ ...timeToThreshold, end, horizon });
    bySubject.set(key, subject);
  }
  return [...bySubject.values()].map(({ signal, labels, answers }) => ({
    signal,
    labels,
    ...joinHorizons(answers, now),
  }));
}

/** One series per what, signal and reason, however many subjects it concerns. */
function unavailableSamples(unavailable: readonly Unavailable[]): Sample[] {
  const unique = new Map(
    unavailable.map(({ what, signal, reason }) => [
      `${what} ${signal} ${reason}`,
      { what, signal, reason },
    ]),
  );
  return [...unique.values()].map((labels) => ({ labels, value: 1 }));
}
