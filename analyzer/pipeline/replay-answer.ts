// A query's forecasts with their measured worth, as data and as the JSON that the API and the command line both write.
import type { Scores } from '../report/backtest-report.ts';
import type { Forecast } from '../series/forecast.ts';
import { measureAccuracy } from './replay-measure.ts';
import {
  forecastQuery,
  type NoQueryForecast,
  type QueryDeps,
  type QueryForecast,
  type QueryRequest,
} from './replay-query.ts';

const TOO_SHORT_TO_TEST = {
  reason: 'history_too_short',
  detail: 'half of the history, and at least 14 steps, must be left to learn from one horizon ago',
};

export interface AnswerRequest {
  readonly request: QueryRequest;
  /** Earlier forecasts that are held against what came; 0 = do not measure. */
  readonly backtests: number;
}

export interface AnsweredSeries {
  readonly made: QueryForecast | NoQueryForecast;
  /** Undefined when it was not to be measured, null when the history is too short for it. */
  readonly backtest: Scores | null | undefined;
}

export interface Answer {
  readonly request: QueryRequest;
  readonly series: readonly AnsweredSeries[];
  /** Series that the query has, of which some may have been cut. */
  readonly found: number;
}

/** @throws {QueryError} when the server cannot be asked, or does not like the query. */
export async function answerQuery(
  deps: QueryDeps,
  { request, backtests }: AnswerRequest,
  now: number,
): Promise<Answer> {
  const { series, found } = await forecastQuery(deps, request, now);
  const answered = series.map(async (made): Promise<AnsweredSeries> => {
    if ('reason' in made || backtests === 0) return { made, backtest: undefined };
    const asked = { history: made.history, origins: backtests };
    return { made, backtest: await measureAccuracy(deps, request, asked) };
  });
  return { request, series: await Promise.all(answered), found };
}

export function toAnswerJson({ request, series, found }: Answer): Record<string, unknown> {
  const { query, horizon, step, history, limit, direction } = request;
  return {
    ...{ query, horizon, step, history, limit: limit ?? null },
    direction: direction === 'above' ? 'up' : 'down',
    seriesFound: found,
    ...(found === 0 && { reason: 'no_such_series' }),
    series: series.map(toSeriesJson),
  };
}

/** One series of the answer to a query: a forecast, or the reason why there is none. */
function toSeriesJson({ made, backtest }: AnsweredSeries): Record<string, unknown> {
  const { labels, history } = made;
  const used = {
    start: history.start,
    points: history.values.length,
    gaps: history.values.reduce((gaps, value) => gaps + (Number.isFinite(value) ? 0 : 1), 0),
    seconds: history.values.length * history.step,
  };
  if ('reason' in made)
    return { labels, history: used, reason: made.reason, detail: made.detail, forecast: null };
  return {
    labels,
    history: used,
    value: made.value,
    forecast: toPaths(made),
    ...(made.limit === undefined ? {} : { timeToThreshold: toCrossings(made) }),
    ...(backtest === undefined ? {} : { backtest }),
    ...(backtest === null && { noBacktest: TOO_SHORT_TO_TEST }),
  };
}

interface Made {
  readonly end: number;
  readonly step: number;
  readonly forecast: Forecast;
  readonly timeToThreshold:
    | { readonly p10: number; readonly p50: number; readonly p90: number }
    | undefined;
}

/** The model, and its paths with their times in Unix seconds. */
export function toPaths({ end, step, forecast }: Made): Record<string, unknown> {
  return {
    model: forecast.model,
    timestamps: Array.from(forecast.median, (_, index) => end + (index + 1) * step),
    p50: [...forecast.median],
    intervals: forecast.intervals.map(({ level, lower, upper }) => ({
      level,
      lower: [...lower],
      upper: [...upper],
    })),
  };
}

/** Seconds from the last observation and the date; null = not within the horizon. */
export function toCrossings({ end, timeToThreshold }: Made): Record<string, unknown> | null {
  if (timeToThreshold === undefined) return null;
  const { p10, p50, p90 } = timeToThreshold;
  return Object.fromEntries(
    Object.entries({ p10, p50, p90 }).map(([quantile, seconds]) => [
      quantile,
      Number.isFinite(seconds)
        ? { seconds: Math.round(seconds), at: new Date((end + seconds) * 1000).toISOString() }
        : null,
    ]),
  );
}
