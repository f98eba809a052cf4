// GET /api/v1/forecast forecasts any query on demand; GET /api/v1/forecasts answers what the engine keeps fresh.
import { type Request, type Response, Router } from 'express';
import { parseDuration } from '../../service/duration.ts';
import { type AnswerRequest, answerQuery, toAnswerJson } from '../pipeline/replay-answer.ts';
import type { QueryDeps } from '../pipeline/replay-query.ts';
import type { Snapshot } from '../pipeline/state.ts';
import { QueryError } from '../prometheus/querier.ts';
import { toSignalForecasts } from './forecast-answer.ts';
import { parseForecastParameters } from './forecast-parameters.ts';
import { sendProblem } from './problem.ts';

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

export function createForecastRoutes({ snapshot, deps, clock }: ForecastRouteOptions): Router {
  const router = Router();
  let inFlight = 0;
  router.get('/api/v1/forecasts', (request, response) => answerKept(request, response, snapshot()));
  router.get('/api/v1/forecast', async (request, response) => {
    const parameters = parseForecastParameters(searchOf(request));
    const refusal = refuse(parameters, inFlight);
    if (refusal !== undefined) {
      if (refusal.status === 503) response.set('Retry-After', String(RETRY_AFTER_SECONDS));
      sendProblem(response, refusal);
      return;
    }
    inFlight += 1;
    const abort = new AbortController();
    response.once('close', () => abort.abort());
    try {
      const own = { ...deps(), signal: abort.signal };
      const answer = await answerQuery(own, parameters as AnswerRequest, clock());
      response.json(toAnswerJson(answer));
    } catch (error) {
      sendProblem(response, toProblem(error));
    } finally {
      inFlight -= 1;
    }
  });
  return router;
}

function refuse(parameters: ReturnType<typeof parseForecastParameters>, inFlight: number) {
  if (!('request' in parameters)) {
    const detail = parameters.map(({ parameter, detail }) => `${parameter}: ${detail}`).join('; ');
    return { status: 400, title: 'Invalid parameters', detail, errors: parameters };
  }
  const { horizon, step, levels, maxSeries } = parameters.request;
  const points = (horizon / step) * (2 * levels.length + 2) * maxSeries;
  if (points > MAX_POINTS) {
    const detail = `${points} values asked (steps × paths × series), at most ${MAX_POINTS}: fewer series, fewer levels or a longer step`;
    return { status: 400, title: 'Too much asked at once', detail };
  }
  if (inFlight < MAX_IN_FLIGHT) return undefined;
  const detail = `${inFlight} forecasts are being made, at most ${MAX_IN_FLIGHT} at once: try again in ${RETRY_AFTER_SECONDS} s`;
  return { status: 503, title: 'Busy', detail };
}

function answerKept(request: Request, response: Response, snapshot: Snapshot): void {
  const search = searchOf(request);
  const text = search.get('horizon');
  const horizon = text === null ? undefined : parseDuration(text);
  if (text !== null && horizon === undefined) {
    const detail = `horizon: "${text}" is not a duration such as 1h`;
    sendProblem(response, { status: 400, title: 'Invalid parameters', detail });
    return;
  }
  const max = Number(search.get('max') ?? DEFAULT_FORECASTS);
  if (!Number.isInteger(max) || max < 1 || max > MAX_FORECASTS) {
    const detail = `max: expected a whole number from 1 to ${MAX_FORECASTS}`;
    sendProblem(response, { status: 400, title: 'Invalid parameters', detail });
    return;
  }
  const signal = search.get('signal');
  response.json(
    toSignalForecasts(snapshot, { ...(signal === null ? {} : { signal }), horizon, max }),
  );
}

/** Express' own parser makes objects of brackets; a query has brackets. */
function searchOf({ url }: Request): URLSearchParams {
  return new URL(url, 'http://localhost').searchParams;
}

function toProblem(error: unknown) {
  if (!(error instanceof QueryError)) throw error;
  const detail = error.message;
  if (error.kind === 'rejected')
    return { status: 422, title: 'Prometheus does not answer this query', detail };
  const status = error.kind === 'timeout' ? 504 : 502;
  return { status, title: 'Prometheus cannot be asked', detail };
}
