// The querier over prometheus-query, with a time-out, a bound on the answer, and errors that say what was asked of whom.
import { PrometheusDriver } from 'prometheus-query';
import { redactUrl } from '../../service/log.ts';
import type { Labels } from '../series/labels.ts';
import type { Point, Series } from '../series/series.ts';
import { type Grid, type Querier, QueryError, type QueryErrorKind } from './querier.ts';

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
/** Prometheus refuses a range query of more points a series. */
const MAX_POINTS = 11_000;

export interface PrometheusClientOptions {
  readonly url: string;
  readonly timeoutMs: number;
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

export function createPrometheusClient({ url, timeoutMs }: PrometheusClientOptions): Querier {
  const driver = new PrometheusDriver({
    endpoint: url,
    timeout: timeoutMs,
    requestInterceptor: {
      onFulfilled: (request) => Object.assign(request, { maxContentLength: MAX_ANSWER_BYTES }),
    },
    responseInterceptor: {
      onFulfilled: (response) => Object.assign(response, { data: spellInfinity(response.data) }),
    },
  });
  return {
    async instant(promql, at) {
      const { resultType, result } = await ask(url, promql, () =>
        driver.instantQuery(promql, at * 1000),
      );
      if (resultType !== 'vector') throw wrongShape(url, promql, resultType);
      return (result as InstantVector[]).map(toPoint);
    },
    async range(promql, grid) {
      const points = Math.floor((grid.to - grid.from) / grid.step) + 1;
      if (points > MAX_POINTS) {
        throw new QueryError('rejected', `${points} points a series asked, at most ${MAX_POINTS}`);
      }
      const { resultType, result } = await ask(url, promql, () =>
        driver.rangeQuery(promql, grid.from * 1000, grid.to * 1000, grid.step),
      );
      if (resultType !== 'matrix') throw wrongShape(url, promql, resultType);
      return (result as RangeVector[]).map((vector) => toSeries(vector, grid));
    },
  };
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

/** The library reads values by parseFloat, which makes NaN of Prometheus' "+Inf": spell it as JavaScript does. */
function spellInfinity(body: unknown): unknown {
  const result = (body as { data?: { result?: unknown } } | null)?.data?.result;
  if (!Array.isArray(result)) return body;
  for (const { value, values } of result as { value?: unknown[]; values?: unknown[][] }[]) {
    for (const sample of values ?? (Array.isArray(value) ? [value] : [])) {
      if (typeof sample[1] === 'string' && sample[1].endsWith('Inf')) {
        sample[1] = sample[1].startsWith('-') ? '-Infinity' : 'Infinity';
      }
    }
  }
  return body;
}

async function ask<T>(url: string, promql: string, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (thrown) {
    const { kind, detail } = classify(thrown);
    throw new QueryError(kind, `Query to ${redactUrl(url)} failed: ${detail}: ${promql}`, {
      cause: thrown,
    });
  }
}

/** prometheus-query throws plain objects. */
interface DriverFailure {
  readonly errorType?: string;
  readonly error?: string;
  readonly httpStatus?: number;
  readonly message?: string;
  readonly code?: string;
  /** The library wraps its own "this is no answer of Prometheus" in a network error. */
  readonly original?: { readonly errorType?: string };
}

function classify(thrown: unknown): { kind: QueryErrorKind; detail: string } {
  const failure = (thrown ?? {}) as DriverFailure;
  const text = failure.error ?? failure.message ?? String(thrown);
  switch (failure.original?.errorType ?? failure.errorType) {
    case 'timeout_error':
      return { kind: 'timeout', detail: text };
    case 'network_error':
    case 'ssl_error': {
      const tooLarge = /maxContentLength/.test(text);
      return { kind: tooLarge ? 'rejected' : 'unavailable', detail: text || (failure.code ?? '') };
    }
    case 'http_error': {
      const status = failure.httpStatus ?? 0;
      const passes = status >= 500 || status === 429;
      return { kind: passes ? 'unavailable' : 'rejected', detail: `HTTP ${status}: ${text}` };
    }
    default:
      return { kind: 'malformed', detail: `the answer is not that of Prometheus' API` };
  }
}

function wrongShape(url: string, promql: string, resultType: string): QueryError {
  return new QueryError(
    'rejected',
    `Query to ${redactUrl(url)} answers a ${resultType}, not a vector: ${promql}`,
  );
}
