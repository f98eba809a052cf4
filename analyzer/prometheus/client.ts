// The querier over prometheus-query, with a time-out, a bound on the answer, and errors that say what was asked of whom.
import { PrometheusDriver } from 'prometheus-query';
import { redactUrl } from '../../service/log.ts';
import type { Labels } from '../series/labels.ts';
import type { Point, Series } from '../series/series.ts';
import { type Access, createAccess, type ServerAccess } from './access.ts';
import { AnswerError, checkBody, explainFailure, warningsOf } from './answer.ts';
import { type Grid, type Querier, QueryError } from './querier.ts';
import { readInParts } from './split-range.ts';

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Proxies refuse addresses of 8 KiB. */
const MAX_ADDRESS_LENGTH = 4_000;
/** Prometheus refuses a range query of more points a series. */
const MAX_POINTS = 11_000;
const MAX_REDIRECTS = 5;

/** Plain data: it also travels to threads. */
export interface PrometheusClientOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly access?: ServerAccess | undefined;
}

/** What an answer says beside its series. */
export interface Notice {
  /** What the server says is missing from it. */
  readonly warnings: readonly string[];
  /** Unix seconds by the server's clock, in whole seconds; undefined when it does not say. */
  readonly serverTime: number | undefined;
}

/** The shapes that prometheus-query answers, of which its own types say `any`. */
interface Sample {
  readonly time: Date;
  readonly value: number;
}
interface Vector {
  readonly metric: { readonly name?: string; readonly labels: Labels };
}
type InstantVector = Vector & { readonly value: Sample };
type RangeVector = Vector & { readonly values: readonly Sample[] };

/**
 * @param onAnswer told of every answer that came, with the query that it is to
 * @param ways shared by clients of the same server
 */
export function createPrometheusClient(
  { url, timeoutMs, access }: PrometheusClientOptions,
  onAnswer: (promql: string, notice: Notice) => void = () => {},
  ways: Access = createAccess(access),
): Querier {
  const noticeOf = (promql: string) => (notice: Notice) => onAnswer(promql, notice);
  const askRange = async (promql: string, grid: Grid): Promise<Series[]> => {
    const { resultType, result } = await ask(url, promql, () =>
      driverOf({ url, timeoutMs, ways, notice: noticeOf(promql) }).rangeQuery(
        promql,
        grid.from * 1000,
        grid.to * 1000,
        grid.step,
      ),
    );
    if (resultType !== 'matrix') throw wrongShape(url, promql, resultType);
    return (result as RangeVector[]).map((vector) => toSeries(vector, grid));
  };
  return {
    async instant(promql, at) {
      const { resultType, result } = await ask(url, promql, () =>
        driverOf({ url, timeoutMs, ways, notice: noticeOf(promql) }).instantQuery(
          promql,
          at * 1000,
        ),
      );
      if (resultType !== 'vector') throw wrongShape(url, promql, resultType);
      return (result as InstantVector[]).map(toPoint);
    },
    async range(promql, grid) {
      const points = Math.floor((grid.to - grid.from) / grid.step) + 1;
      if (points > MAX_POINTS) {
        throw new QueryError('rejected', `${points} points a series asked, at most ${MAX_POINTS}`);
      }
      return await readInParts(grid, (part) => askRange(promql, part));
    },
  };
}

interface DriverOptions {
  readonly url: string;
  readonly timeoutMs: number;
  readonly ways: Access;
  readonly notice: (notice: Notice) => void;
}

/** One for each question: what it is told belongs to that. */
function driverOf({ url, timeoutMs, ways, notice }: DriverOptions): PrometheusDriver {
  return new PrometheusDriver({
    endpoint: url,
    timeout: timeoutMs,
    requestInterceptor: {
      onFulfilled: async (request) => {
        request.headers.set(await ways.headers());
        const httpsAgent = await ways.agent();
        return Object.assign(request, postedWhenLong(request.params), {
          maxContentLength: MAX_ANSWER_BYTES,
          maxRedirects: ways.isSecret ? 0 : MAX_REDIRECTS,
          // The library's own time-out starts anew with every byte that comes.
          signal: AbortSignal.timeout(timeoutMs),
          ...(httpsAgent === undefined ? {} : { httpsAgent }),
        });
      },
    },
    responseInterceptor: {
      onFulfilled: (response) => {
        const date = Date.parse(String(response.headers.date));
        const serverTime = Number.isNaN(date) ? undefined : date / 1000;
        const data = checkBody(response.data);
        notice({ warnings: warningsOf(data), serverTime });
        return Object.assign(response, { data });
      },
      onRejected: (error: unknown) => {
        throw new AnswerError(explainFailure(error), { cause: error });
      },
    },
  });
}

/** The API takes the same parameters as a form. */
function postedWhenLong(params: unknown): object {
  const form = String(new URLSearchParams(params as Record<string, string>));
  if (form.length <= MAX_ADDRESS_LENGTH) return {};
  return { method: 'post', params: undefined, data: new URLSearchParams(form) };
}

function toPoint({ metric, value }: InstantVector): Point {
  return { labels: metric.labels, time: value.time.getTime() / 1000, value: value.value };
}

/** Places the samples on the grid; a step without sample stays NaN. */
export function toSeries({ metric, values }: RangeVector, { from, to, step }: Grid): Series {
  const grid = new Float64Array(Math.floor((to - from) / step) + 1).fill(Number.NaN);
  for (const { time, value } of values) {
    const index = Math.round((time.getTime() / 1000 - from) / step);
    if (index >= 0 && index < grid.length) grid[index] = value;
  }
  return { labels: metric.labels, start: from, step, values: grid };
}

async function ask<T>(url: string, promql: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (thrown) {
    // The library throws plain objects around what our interceptors threw.
    const original = (thrown as { readonly original?: unknown } | null)?.original;
    const { kind, detail } = explainFailure(original ?? thrown);
    throw new QueryError(kind, `Query to ${redactUrl(url)} failed: ${detail}: ${promql}`, {
      cause: thrown,
    });
  }
}

function wrongShape(url: string, promql: string, resultType: string): QueryError {
  return new QueryError(
    'rejected',
    `Query to ${redactUrl(url)} answers a ${resultType}, not a vector: ${promql}`,
  );
}
