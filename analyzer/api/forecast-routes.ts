// GET /api/v1/forecast forecasts any query on demand; GET /api/v1/forecasts answers what the engine keeps fresh.
import type { Request } from 'express';
import { z } from 'zod';
import { parseDuration } from '../../service/duration.ts';
import { type AnswerRequest, answerQuery, toAnswerJson } from '../pipeline/replay-answer.ts';
import type { QueryDeps } from '../pipeline/replay-query.ts';
import type { Snapshot } from '../pipeline/state.ts';
import { QueryError } from '../prometheus/querier.ts';
import { forecastAnswer, forecastsAnswer } from './answers.ts';
import { toSignalForecasts } from './forecast-answer.ts';
import { MAX_BACKTESTS, MAX_SERIES, parseForecastParameters } from './forecast-parameters.ts';
import { badRequest, busy, ProblemError } from './problem.ts';
import { type ApiRoute, defineRoute } from './route.ts';

/** Forecasts cost CPU time and a query each: more at once are told to come back. */
export const MAX_IN_FLIGHT = 2;
const RETRY_AFTER_SECONDS = 5;
/** Values of all paths together, so that no answer is larger than some megabytes. */
const MAX_POINTS = 100_000;
const DEFAULT_FORECASTS = 100;
const MAX_FORECASTS = 1_000;

export interface ForecastRouteOptions {
  readonly snapshot: () => Snapshot;
  /** Answers the querier and the pool of the configuration that holds now. */
  readonly deps: () => QueryDeps;
  /** Unix seconds. */
  readonly clock: () => number;
}

const seconds = z.string().max(32).describe('A duration such as 5m or 24h');
/** What `forecast-parameters.ts` reads, and explains where it is wrong. */
const asked = z.strictObject({
  query: z.string().describe('PromQL'),
  horizon: seconds.optional(),
  step: seconds.optional(),
  history: seconds.optional(),
  levels: z.string().optional().describe('Of the intervals, such as 0.8,0.95'),
  limit: z.number().optional().describe('The date of reaching it is forecast too'),
  direction: z.enum(['up', 'down']).optional(),
  maximum: z.number().optional(),
  series: z.int().min(1).max(MAX_SERIES).optional(),
  backtests: z.int().min(0).max(MAX_BACKTESTS).optional(),
});
const kept = z.strictObject({
  signal: z.string().min(1).max(200).optional(),
  horizon: z.string().max(32).transform(toSeconds).optional(),
  max: z.coerce.number().int().min(1).max(MAX_FORECASTS).default(DEFAULT_FORECASTS),
});

export function createForecastRoutes({ snapshot, deps, clock }: ForecastRouteOptions): ApiRoute[] {
  let inFlight = 0;
  return [
    defineRoute({
      ...{ method: 'get', path: '/api/v1/forecasts', access: 'read', changes: false },
      summary: 'The forecasts that the engine keeps fresh, and how right earlier ones were',
      query: kept,
      answer: forecastsAnswer,
      handle: ({ query: { signal, ...rest } }) =>
        toSignalForecasts(snapshot(), { ...(signal === undefined ? {} : { signal }), ...rest }),
    }),
    defineRoute({
      ...{ method: 'get', path: '/api/v1/forecast', access: 'read', changes: false },
      summary: 'A forecast of any query, made now',
      query: asked,
      readsQuery: true,
      answer: forecastAnswer,
      async handle({ request, response }) {
        const parameters = check(parseForecastParameters(searchOf(request)));
        if (inFlight >= MAX_IN_FLIGHT) {
          const detail = `${inFlight} forecasts are being made, at most ${MAX_IN_FLIGHT} at once: try again in ${RETRY_AFTER_SECONDS} s`;
          throw busy(detail, RETRY_AFTER_SECONDS);
        }
        inFlight += 1;
        const abort = new AbortController();
        response.once('close', () => abort.abort());
        try {
          const own = { ...deps(), signal: abort.signal };
          return toAnswerJson(await answerQuery(own, parameters, clock()));
        } catch (error) {
          throw toProblem(error);
        } finally {
          inFlight -= 1;
        }
      },
    }),
  ];
}

function toSeconds(text: string, context: z.RefinementCtx): number {
  const horizon = parseDuration(text);
  if (horizon !== undefined) return horizon;
  context.addIssue(`"${text}" is not a duration such as 1h`);
  return z.NEVER;
}

/** @throws {ProblemError} also when it asks for too much at once. */
function check(parameters: ReturnType<typeof parseForecastParameters>): AnswerRequest {
  if (!('request' in parameters)) {
    const detail = parameters.map(({ parameter, detail }) => `${parameter}: ${detail}`).join('; ');
    throw badRequest(detail, parameters);
  }
  const { horizon, step, levels, maxSeries } = parameters.request;
  const points = (horizon / step) * (2 * levels.length + 2) * maxSeries;
  if (points <= MAX_POINTS) return parameters;
  const detail = `${points} values asked (steps × paths × series), at most ${MAX_POINTS}: fewer series, fewer levels or a longer step`;
  throw new ProblemError({ status: 400, title: 'Too much asked at once', detail });
}

/** As it was sent: the parser of the parameters tells what is given twice. */
function searchOf({ url }: Request): URLSearchParams {
  return new URL(url, 'http://localhost').searchParams;
}

function toProblem(error: unknown): unknown {
  if (!(error instanceof QueryError)) return error;
  const detail = error.message;
  if (error.kind === 'rejected')
    return new ProblemError({
      ...{ status: 422, title: 'Prometheus does not answer this query', detail },
    });
  const status = error.kind === 'timeout' ? 504 : 502;
  return new ProblemError({ status, title: 'Prometheus cannot be asked', detail });
}
