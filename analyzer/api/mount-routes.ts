// From the list of routes to Express: who may, how often, what is checked before a handler sees it, and problems for all that fails.
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import type { z } from 'zod';
import { errorHandler } from '../../service/error-handler.ts';
import type { Logger } from '../../service/log.ts';
import { StoreUnavailableError } from '../store/database.ts';
import type { AccessControl } from './access.ts';
import { callerOf } from './caller.ts';
import { badRequest, ProblemError, sendProblem } from './problem.ts';

import type { RateLimits } from './rate-limits.ts';
import type { ApiRoute, Call } from './route.ts';

const DEFAULT_BODY_BYTES = 16 * 1024;
const MAX_ERRORS = 20;
const STORE_RETRY_SECONDS = 1;
/** Addresses below which nothing but the listed routes answers. */
const PREFIXES = ['/api', '/auth'];

export interface MountOptions {
  readonly access: AccessControl;
  readonly limits: RateLimits;
  readonly log: Pick<Logger, 'error'>;
}

export function mountRoutes(routes: readonly ApiRoute[], options: MountOptions): Router {
  const { access, limits, log } = options;
  const router = Router();
  for (const route of routes) {
    const rate = limits[route.rate ?? (route.changes ? 'change' : 'read')];
    const before = [noStore, access.identify, rate, access.require(route)];
    router[route.method](route.path, ...before, ...bodyOf(route), handlerOf(route));
  }
  for (const [path, allowed] of methodsOf(routes)) {
    router.all(path, (_request, response) => {
      response.set('Allow', allowed);
      const detail = `${path} takes ${allowed}`;
      sendProblem(response, { status: 405, title: 'Method not allowed', detail });
    });
  }
  router.use(PREFIXES, (_request, response) => {
    const detail = 'There is no such route: GET /api/v1/openapi.json lists all';
    sendProblem(response, { status: 404, title: 'Not found', detail });
  });
  return router.use(PREFIXES, createErrorHandler(log));
}

/** Answers name hosts, people and commands; a shared cache has no business with them. */
const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

function methodsOf(routes: readonly ApiRoute[]): Map<string, string> {
  const methods = new Map<string, string>();
  for (const { path, method } of routes) {
    const own = method === 'get' ? 'GET, HEAD' : method.toUpperCase();
    const before = methods.get(path);
    methods.set(path, before === undefined ? own : `${before}, ${own}`);
  }
  return methods;
}

function bodyOf({ body, maxBodyBytes = DEFAULT_BODY_BYTES }: ApiRoute): RequestHandler[] {
  if (body === undefined) return [];
  return [requireJson, express.json({ limit: maxBodyBytes, type: 'application/json' })];
}

/** No form of a foreign page can send this type without asking first, which is not answered. */
const requireJson: RequestHandler = (request, response, next) => {
  if (request.is('application/json') === 'application/json') {
    next();
    return;
  }
  const detail = 'Send JSON with Content-Type: application/json';
  sendProblem(response, { status: 415, title: 'Not JSON', detail });
};

function handlerOf(route: ApiRoute): RequestHandler {
  const { raw, handle, status = 200 } = route;
  if (raw !== undefined) return raw;
  if (handle === undefined) throw new Error(`${route.path} has neither handle nor raw`);
  return async (request, response) => {
    const answer = await handle(check(route, request, response));
    if (response.headersSent) return;
    if (status === 204) response.status(204).end();
    else response.status(status).json(answer);
  };
}

/** Everything that is wrong is told at once. */
function check(route: ApiRoute, request: Request, response: Response): Call {
  const errors: { parameter: string; detail: string }[] = [];
  const parse = (schema: z.ZodType | undefined, value: unknown): unknown => {
    const result = schema?.safeParse(value);
    if (result?.success) return result.data;
    for (const issue of result?.error.issues ?? []) errors.push(...toErrors(issue));
    return undefined;
  };
  const params = parse(route.params, request.params);
  const query = route.readsQuery ? undefined : parse(route.query, queryOf(request, errors));
  const body = parse(route.body, request.body);
  if (errors.length === 0)
    return { params, query, body, request, response, caller: callerOf(response) };
  const told = errors.slice(0, MAX_ERRORS);
  const text = told.map(({ parameter, detail }) => `${parameter}: ${detail}`).join('; ');
  throw badRequest(text, told);
}

/** Express' own parser makes lists of what is given twice. */
function queryOf({ url }: Request, errors: { parameter: string; detail: string }[]) {
  const search = new URL(url, 'http://localhost').searchParams;
  for (const name of new Set(search.keys()))
    if (search.getAll(name).length > 1)
      errors.push({ parameter: name, detail: 'given more than once' });
  return Object.fromEntries(search);
}

function toErrors(issue: z.core.$ZodIssue) {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      parameter: [...issue.path, key].join('.'),
      detail: 'unknown',
    }));
  return [{ parameter: issue.path.join('.') || '(all)', detail: issue.message }];
}

/** What a parser says may quote the body, where secrets are: it is not repeated. */
const BODY_PROBLEMS: Readonly<Record<string, string>> = {
  'entity.parse.failed': 'The body is not JSON',
  'entity.too.large': 'The body is larger than this route takes',
  'encoding.unsupported': 'The Content-Encoding of the body is not one that is understood',
  'charset.unsupported': 'The charset of the body is not UTF-8',
  'request.aborted': 'The body ended early',
  'request.size.invalid': 'The body is not as long as Content-Length says',
};

function createErrorHandler(log: MountOptions['log']) {
  return errorHandler((error, request, response) => {
    if (response.headersSent) {
      response.destroy();
    } else if (error instanceof ProblemError) {
      if (error.retryAfter !== undefined) response.set('Retry-After', String(error.retryAfter));
      sendProblem(response, error.problem);
    } else if (error instanceof StoreUnavailableError) {
      response.set('Retry-After', String(STORE_RETRY_SECONDS));
      const detail = `The store cannot be used now (${error.reason}), so nothing was acknowledged: send it again`;
      sendProblem(response, { status: 503, title: 'Store unavailable', detail });
    } else if (error.status !== undefined && error.status >= 400 && error.status < 500) {
      const detail = BODY_PROBLEMS[error.type ?? ''] ?? 'The request cannot be understood';
      sendProblem(response, { status: error.status, title: 'Invalid request', detail });
    } else {
      log.error({ err: error, path: request.path }, 'request failed');
      const detail = 'It failed here; the log of the analyzer says why';
      sendProblem(response, { status: 500, title: 'Internal error', detail });
    }
  });
}
