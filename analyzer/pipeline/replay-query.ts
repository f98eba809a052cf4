// Forecasts any PromQL expression as of any moment: what the API and `guard forecast` do now, and a backtest does in the past.
import { formatDuration } from '../../service/duration.ts';
import type { Bounds } from '../forecast/bounds.ts';
import type { ForecastOptions } from '../forecast/forecast-series.ts';
import { type TimeToThreshold, timeToThreshold } from '../forecast/time-to-threshold.ts';
import type { Querier } from '../prometheus/querier.ts';
import type { Forecast } from '../series/forecast.ts';
import { type Labels, withoutLabels } from '../series/labels.ts';
import { endOf, type Series } from '../series/series.ts';
import type { ForecastPool } from './forecast-pool.ts';
import type { Replay } from './replay.ts';

/** Time to threshold is read off this band, whatever levels are asked for. */
const BAND_LEVEL = 0.8;
/** From this step on a sample would hide what happens between two: the mean of the step is asked instead. */
const MEAN_FROM_STEP_SECONDS = 60;
const DAY_SECONDS = 86_400;
/** A day of more steps than these is too long a season for the models. */
const MAX_DAY_STEPS = 288;

export interface QueryRequest {
  readonly query: string;
  /** Seconds; `horizon` and `history` are whole multiples of `step`. */
  readonly horizon: number;
  readonly step: number;
  readonly history: number;
  /** Nominal coverages in (0, 1), ascending. */
  readonly levels: readonly number[];
  readonly limit?: number | undefined;
  readonly direction: 'above' | 'below';
  readonly maximum?: number | undefined;
  /** Series; the largest are kept. */
  readonly maxSeries: number;
}

export interface QueryDeps {
  readonly querier: Querier;
  readonly pool: ForecastPool;
  readonly signal?: AbortSignal;
}

export interface QueryForecast {
  readonly labels: Labels;
  /** What the forecast was made from: gaps are NaN. */
  readonly history: Series;
  /** Unix seconds of the last observation, and its value. */
  readonly end: number;
  readonly value: number;
  readonly step: number;
  readonly horizon: number;
  readonly limit: number | undefined;
  readonly direction: 'above' | 'below';
  readonly forecast: Forecast;
  readonly timeToThreshold: TimeToThreshold | undefined;
}

/** A series without a forecast, and why. */
export interface NoQueryForecast {
  readonly labels: Labels;
  readonly history: Series;
  readonly reason: string;
  readonly detail: string;
}

export interface QueryAnswer {
  /** Largest last value first. */
  readonly series: readonly (QueryForecast | NoQueryForecast)[];
  /** Series that the query has, of which some may have been cut. */
  readonly found: number;
}

/** @throws {QueryError} when the server cannot be asked, or does not like the query. */
export async function forecastQuery(
  deps: QueryDeps,
  request: QueryRequest,
  now: number,
): Promise<QueryAnswer> {
  const grid = gridAt(request, now);
  const { promql, count } = await chooseSeries(deps.querier, request, grid.to);
  const found = await deps.querier.range(promql, grid);
  const histories = found.map(trimLeadingGap).sort((a, b) => rank(b) - rank(a));
  const kept = histories.slice(0, request.maxSeries);
  const series = await Promise.all(kept.map((history) => forecastHistory(deps, request, history)));
  return { series, found: count ?? found.length };
}

/** Where there are more series than wanted the server leaves the others out: weeks of them are a large answer. */
async function chooseSeries(
  querier: Querier,
  request: QueryRequest,
  to: number,
): Promise<{ promql: string; count: number | undefined }> {
  const promql = meanQuery(request);
  const { maxSeries, step } = request;
  const ranked = await querier.instant(`topk(${maxSeries + 1}, ${promql})`, to);
  if (ranked.length <= maxSeries) return { promql, count: undefined };
  const [count] = await querier.instant(`count(${promql})`, to);
  const span = formatDuration(step);
  const largest = `topk(${maxSeries}, last_over_time((${promql})[${span}:${span}] @ ${to}))`;
  return { promql: `(${promql}) and ${largest}`, count: count?.value ?? ranked.length };
}

/** The expression as it is read at a step. */
export function meanQuery({ query, step }: Pick<QueryRequest, 'query' | 'step'>): string {
  if (step < MEAN_FROM_STEP_SECONDS) return query;
  return `avg_over_time((${query})[${formatDuration(step)}:])`;
}

/** Steps of a day and of a week, by the clock, where the step divides them and the history holds a day. */
export function seasonsFor(
  step: number,
  history: number,
): Pick<ForecastOptions, 'season' | 'longSeason'> {
  const day = DAY_SECONDS / step;
  if (!Number.isInteger(day) || day < 2 || day > MAX_DAY_STEPS || history < DAY_SECONDS) return {};
  return { season: day, longSeason: 7 * day };
}

function gridAt({ step, history }: QueryRequest, now: number) {
  const to = Math.floor(now / step) * step;
  return { from: to - history + step, to, step };
}

/** One history to its forecast, or the reason for none. Never throws. */
export async function forecastHistory(
  { pool, signal }: Pick<QueryDeps, 'pool' | 'signal'>,
  request: QueryRequest,
  history: Series,
): Promise<QueryForecast | NoQueryForecast> {
  const labels = withoutLabels(history.labels);
  const value = lastKnown(history);
  if (Number.isNaN(value)) {
    const detail = 'the series has ended: nothing in its last two steps';
    return { labels, history, reason: 'series_ended', detail };
  }
  const { horizon, step, levels, limit, direction } = request;
  const wanted = [...new Set([...levels, BAND_LEVEL])].sort((a, b) => a - b);
  const result = await pool.forecast(
    history,
    {
      steps: Math.round(horizon / step),
      levels: wanted,
      bounds: boundsOf(request, history),
      ...seasonsFor(step, history.values.length * step),
    },
    signal,
  );
  if ('reason' in result) return { labels, history, ...result };
  const threshold = limit === undefined ? undefined : { limit, direction, step, current: value };
  return {
    ...{ labels, history, end: endOf(history), value, step, horizon, limit, direction },
    forecast: {
      ...result,
      intervals: result.intervals.filter(({ level }) => levels.includes(level)),
    },
    timeToThreshold: threshold && timeToThreshold(result, threshold),
  };
}

/** Counts and amounts: a series that never was negative will not become so. */
function boundsOf({ maximum }: QueryRequest, { values }: Series): Bounds {
  const negative = values.some((value) => value < 0);
  return { ...(negative ? {} : { min: 0 }), ...(maximum === undefined ? {} : { max: maximum }) };
}

/** A series that began during the window has no gap before its beginning: it is just shorter. */
function trimLeadingGap(series: Series): Series {
  const first = series.values.findIndex((value) => !Number.isNaN(value));
  if (first <= 0) return series;
  const start = series.start + first * series.step;
  return { ...series, start, values: series.values.subarray(first) };
}

/** Of the last two steps, since the newest may not be there yet; NaN when the series has ended. */
function lastKnown({ values }: Series): number {
  const last = values.at(-1) ?? Number.NaN;
  return Number.isNaN(last) ? (values.at(-2) ?? Number.NaN) : last;
}

function rank(series: Series): number {
  const value = lastKnown(series);
  return Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value;
}

/** A query as a backtest sees it. */
export function replayQuery(deps: QueryDeps, request: QueryRequest, unit: string): Replay {
  const { query, horizon, step } = request;
  return {
    ...{ name: query, unit, horizon },
    seasonOf: (_step, points) => seasonsFor(step, points * step).season,
    async forecast(now) {
      const { series, found } = await forecastQuery(deps, request, now);
      const made = series.flatMap((one) => ('reason' in one ? [] : [one]));
      const refused = series.flatMap((one) => ('reason' in one ? [one] : []));
      const none = { reason: 'no_such_series', detail: `nothing answers ${query}` };
      return {
        forecasts: made,
        absent: found === 0 ? [none] : refused.map(({ reason, detail }) => ({ reason, detail })),
      };
    },
    truth: async (until) =>
      (await deps.querier.range(meanQuery(request), gridAt(request, until))).map(trimLeadingGap),
  };
}
