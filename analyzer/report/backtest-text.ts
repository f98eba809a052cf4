// The figures of a backtest as cells of text, the same in the terminal and on the page.
import { digits, formatBytes, formatSpan } from '../bottleneck/format.ts';
import type { Scores, SubjectReport, ThresholdScores } from './backtest-report.ts';

const NONE = '–';

/** Titles of `scoreCells`, in order, each with what it means. */
export const SCORE_COLUMNS: readonly (readonly [title: string, meaning: string])[] = [
  ['forecasts', 'forecasts that were held against what came'],
  ['MASE', 'mean absolute error; 1 = as wrong as the yardstick one step or season ahead'],
  ['MAPE', 'mean error relative to the value'],
  ['RMSE', 'root mean square error in the unit of the signal'],
  ['OWA', 'MASE and sMAPE relative to the yardstick at the same moments: below 1 is better'],
  ['in 80 %', 'share of values inside the 80 % interval: 80 % is right'],
  ['in 95 %', 'share of values inside the 95 % interval: 95 % is right'],
  ['MSIS', 'scaled width of the widest interval plus penalties for misses: lower is better'],
  ['naive wins', 'share of forecasts to which "stays as it is" was nearer'],
];

export function scoreCells(scores: Scores, unit: string): string[] {
  return [
    String(scores.forecasts),
    plain(scores.mase),
    percent(scores.mape),
    scores.rmse === null ? NONE : quantity(scores.rmse, unit),
    plain(scores.owa),
    percent(coverageOf(scores, 0.8)),
    percent(coverageOf(scores, 0.95)),
    scores.msis === null ? NONE : plain(scores.msis.score),
    percent(scores.naiveWinsRatio),
  ];
}

/** What is said of the dates, one sentence each. */
export function thresholdSentences(scores: ThresholdScores): string[] {
  const crossed = scores.hits + scores.misses;
  const said = scores.hits + scores.falseAlarms;
  if (crossed + said === 0)
    return ['The limit was not reached, and no forecast said that it would be.'];
  const sentences = [
    `${scores.hits} of ${crossed} forecasts before a crossing foretold it (hit rate ${percent(scores.hitRate)})`,
    `${scores.falseAlarms} of ${said} crossings foretold did not come (false rate ${percent(scores.falseRate)})`,
  ];
  if (scores.leadSeconds === null) return sentences;
  return [
    ...sentences,
    `${scores.crossingsForetold} separate crossings foretold, first ${formatSpan(scores.leadSeconds)} before (median); date wrong by ${span(scores.dateErrorSeconds)} (median)`,
    `${percent(scores.withinBandRatio)} of the crossings came between their p10 and p90 date (80 % is right)`,
  ];
}

export function describeSubject(subject: SubjectReport): string {
  const { horizon, step, season, series, origins } = subject;
  const yardstick =
    season === null
      ? 'yardstick: the last value'
      : `yardstick: the value ${formatSpan(season * step)} before`;
  return `${formatSpan(horizon)} ahead, step ${formatSpan(step)}, ${series} series, ${origins.length} origins; ${yardstick}`;
}

export function quantity(value: number, unit: string): string {
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'bytes_per_second') return `${formatBytes(value)}/s`;
  if (unit === 'ratio') return `${digits(value * 100)} %`;
  if (unit === 'seconds') return formatSpan(value);
  return value !== 0 && Math.abs(value) < 1e-3 ? value.toExponential(1) : digits(value);
}

function coverageOf({ coverage }: Scores, wanted: number): number | null {
  return coverage.find(({ level }) => Math.abs(level - wanted) < 1e-9)?.ratio ?? null;
}

function plain(value: number | null): string {
  if (value === null) return NONE;
  return value >= 100 ? digits(value) : value.toFixed(2);
}

function percent(ratio: number | null): string {
  return ratio === null ? NONE : `${digits(ratio * 100)} %`;
}

function span(seconds: number | null): string {
  return seconds === null ? NONE : formatSpan(seconds);
}
