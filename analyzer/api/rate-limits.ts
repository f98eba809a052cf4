// How many requests one caller may send: enough for every dashboard and every storm of alerts, not enough to guess or to flood.
import type { Request, RequestHandler, Response } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { callerOf } from './caller.ts';
import { sendProblem } from './problem.ts';
import type { RateClass } from './route.ts';

export interface Budget {
  readonly windowSeconds: number;
  readonly requests: number;
}
export type Budgets = Readonly<Record<RateClass, Budget>>;

/** Per token or person, else per address (IPv6: per /56). */
export const BUDGETS: Budgets = {
  read: { windowSeconds: 60, requests: 6_000 },
  change: { windowSeconds: 60, requests: 300 },
  login: { windowSeconds: 60, requests: 30 },
  webhook: { windowSeconds: 10, requests: 30_000 },
};

export type RateLimits = Readonly<Record<RateClass, RequestHandler>>;

/** What is counted is forgotten after two windows. */
export function createRateLimits(budgets: Budgets = BUDGETS): RateLimits {
  const limit = (name: RateClass) => createLimit(name, budgets[name]);
  return {
    read: limit('read'),
    change: limit('change'),
    login: limit('login'),
    webhook: limit('webhook'),
  };
}

function createLimit(name: RateClass, { windowSeconds, requests }: Budget): RequestHandler {
  return rateLimit({
    windowMs: windowSeconds * 1000,
    limit: requests,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    identifier: name,
    keyGenerator: (request: Request, response: Response) => keyOf(request, response),
    handler(_request, response) {
      const detail = `More than ${requests} requests (${name}) within ${windowSeconds} s: Retry-After says when to go on`;
      sendProblem(response, { status: 429, title: 'Too many requests', detail });
    },
    // Its warnings are about proxies, whose headers are not believed here.
    validate: false,
  });
}

function keyOf({ socket }: Request, response: Response): string {
  const { name, via } = callerOf(response);
  if (name !== undefined && (via === 'token' || via === 'session')) return `${via} ${name}`;
  return ipKeyGenerator(socket.remoteAddress ?? 'unknown');
}
