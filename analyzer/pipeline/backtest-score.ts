// How wrong were they? Figures over forecasts whose truth has come, beside the yardsticks of the literature. No I/O.
import type { Scores } from '../report/backtest-report.ts';
import type { Forecast } from '../series/forecast.ts';

/** One forecast and what came: every array has one value per step, NaN in `actual` where nothing was measured. */
export interface Outcome {
  readonly forecast: Forecast;
  readonly actual: Float64Array;
  /** The last value before the forecast. */
  readonly naive: number;
  /** What the yardstick said: the season before, or the last value where there is no season. */
  readonly yardstick: Float64Array;
  /** How wrong the yardstick was, one step or season ahead, in the history; 0 and NaN scale nothing. */
  readonly scale: number;
}

/**
 * MASE, MAPE, sMAPE, RMSE, OWA, coverage, MSIS and how often the naive model was nearer.
 * Source: Makridakis et al., The M4 Competition (2020), with seasonal naive in place of Naive2.
 */
export function scoreOutcomes(outcomes: readonly Outcome[]): Scores | null {
  const scored = outcomes.filter(({ actual }) => actual.some((value) => Number.isFinite(value)));
  if (scored.length === 0) return null;
  const mase = meanOf(scored, (one) => scaledError(one, one.forecast.median));
  const smape = meanOf(scored, (one) => symmetricError(one, one.forecast.median));
  const yardMase = meanOf(scored, (one) => scaledError(one, one.yardstick));
  const yardSmape = meanOf(scored, (one) => symmetricError(one, one.yardstick));
  const widest = scored[0]!.forecast.intervals.at(-1);
  const msis = widest && meanOf(scored, (one) => scaledIntervalScore(one, widest.level));
  return {
    forecasts: scored.length,
    points: scored.reduce((sum, one) => sum + knownSteps(one).length, 0),
    mase: orNull(mase),
    mape: orNull(pooled(scored, relativeErrors)),
    smape: orNull(smape),
    rmse: orNull(Math.sqrt(pooled(scored, squaredErrors))),
    owa: orNull((mase / yardMase + smape / yardSmape) / 2),
    coverage: coverageOf(scored),
    msis: widest && Number.isFinite(msis) ? { level: widest.level, score: msis! } : null,
    naiveWinsRatio: orNull(meanOf(scored, naiveWins)),
  };
}

/** The mean absolute difference between values `season` steps apart; NaN without any such pair. */
export function seasonalScale(history: Float64Array, season: number): number {
  let sum = 0;
  let pairs = 0;
  for (let index = season; index < history.length; index++) {
    const change = Math.abs(history[index]! - history[index - season]!);
    if (!Number.isFinite(change)) continue;
    sum += change;
    pairs += 1;
  }
  return sum / pairs;
}

/** Mean absolute error at each step ahead; NaN where nothing came. */
export function errorsByStep(
  outcomes: readonly Outcome[],
  pathOf: (outcome: Outcome) => Float64Array,
): number[] {
  const steps = outcomes.reduce((longest, { actual }) => Math.max(longest, actual.length), 0);
  return Array.from({ length: steps }, (_, step) =>
    meanOf(outcomes, (one) => Math.abs(one.actual[step]! - pathOf(one)[step]!)),
  );
}

function knownSteps({ actual }: Outcome): number[] {
  return [...actual.keys()].filter((step) => Number.isFinite(actual[step]!));
}

function absoluteErrors(outcome: Outcome, path: Float64Array): number[] {
  return knownSteps(outcome).map((step) => Math.abs(outcome.actual[step]! - path[step]!));
}

function scaledError(outcome: Outcome, path: Float64Array): number {
  return outcome.scale > 0 ? mean(absoluteErrors(outcome, path)) / outcome.scale : Number.NaN;
}

/** 0–2; two zeros agree. */
function symmetricError(outcome: Outcome, path: Float64Array): number {
  return mean(
    knownSteps(outcome).map((step) => {
      const [actual, said] = [outcome.actual[step]!, path[step]!];
      const size = Math.abs(actual) + Math.abs(said);
      return size === 0 ? 0 : (2 * Math.abs(actual - said)) / size;
    }),
  );
}

function relativeErrors(outcome: Outcome): number[] {
  return knownSteps(outcome).flatMap((step) => {
    const actual = outcome.actual[step]!;
    return actual === 0 ? [] : Math.abs((actual - outcome.forecast.median[step]!) / actual);
  });
}

function squaredErrors(outcome: Outcome): number[] {
  return absoluteErrors(outcome, outcome.forecast.median).map((error) => error ** 2);
}

function naiveWins(outcome: Outcome): number {
  const flat = new Float64Array(outcome.actual.length).fill(outcome.naive);
  const naive = mean(absoluteErrors(outcome, flat));
  return naive < mean(absoluteErrors(outcome, outcome.forecast.median)) ? 1 : 0;
}

/** Gneiting & Raftery (2007), scaled as in M4. */
function scaledIntervalScore(outcome: Outcome, level: number): number {
  const band = outcome.forecast.intervals.find((one) => one.level === level);
  if (band === undefined || !(outcome.scale > 0)) return Number.NaN;
  const penalty = 2 / (1 - level);
  const scores = knownSteps(outcome).map((step) => {
    const [actual, lower, upper] = [outcome.actual[step]!, band.lower[step]!, band.upper[step]!];
    return upper - lower + penalty * (Math.max(0, lower - actual) + Math.max(0, actual - upper));
  });
  return mean(scores) / outcome.scale;
}

function coverageOf(outcomes: readonly Outcome[]): { level: number; ratio: number }[] {
  const levels = [
    ...new Set(outcomes.flatMap(({ forecast }) => forecast.intervals.map(({ level }) => level))),
  ];
  return levels.map((level) => ({
    level,
    ratio: pooled(outcomes, (outcome) => {
      const band = outcome.forecast.intervals.find((one) => one.level === level);
      if (band === undefined) return [];
      return knownSteps(outcome).map((step) => {
        const actual = outcome.actual[step]!;
        return band.lower[step]! <= actual && actual <= band.upper[step]! ? 1 : 0;
      });
    }),
  }));
}

/** The mean over forecasts, those without a figure left out. */
function meanOf(outcomes: readonly Outcome[], figure: (outcome: Outcome) => number): number {
  return mean(outcomes.map(figure).filter(Number.isFinite));
}

/** The mean over the single values of all forecasts. */
function pooled(outcomes: readonly Outcome[], figures: (outcome: Outcome) => number[]): number {
  return mean(outcomes.flatMap(figures));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
