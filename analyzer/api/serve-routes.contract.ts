// Routes on a port of their own, behind the same guards as in the analyzer, for tests.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import express from 'express';
import { limitRequest } from '../../service/request-limits.ts';
import { remediationSchema } from '../remediation/config.ts';
import { createAccess } from './access.ts';
import { type AuthConfig, authSchema } from './auth-config.ts';
import { mountRoutes } from './mount-routes.ts';
import { createGate, type Gate } from './operator-token.ts';
import { BUDGETS, type Budgets, createRateLimits } from './rate-limits.ts';
import type { ApiRoute } from './route.ts';
import { createSessions, type Sessions } from './sessions.ts';

export interface ServeOptions {
  readonly gate?: Gate;
  readonly auth?: AuthConfig | (() => AuthConfig);
  readonly sessions?: Sessions;
  readonly budgets?: Budgets;
  readonly isAuthenticated?: () => boolean;
  /** Where errors of ours are told. */
  readonly onError?: (error: unknown) => void;
}

export const NO_TOKENS: Gate = createGate(remediationSchema.parse({}));
export const NO_LOGIN: AuthConfig = authSchema.parse({});

/** Answers the URL; the server ends with the test. */
export async function serveRoutes(
  t: TestContext,
  routes: readonly ApiRoute[],
  options: ServeOptions = {},
): Promise<string> {
  const { gate = NO_TOKENS, auth = NO_LOGIN } = options;
  const { sessions = createSessions(() => Date.now() / 1000) } = options;
  const access = createAccess({
    gate: () => gate,
    auth: typeof auth === 'function' ? auth : () => auth,
    sessions,
    isAuthenticated: options.isAuthenticated ?? (() => false),
  });
  const limits = createRateLimits(options.budgets ?? BUDGETS);
  const log = { error: (fields: object) => options.onError?.(fields) };
  const app = express().use(limitRequest, mountRoutes(routes, { access, limits, log }));
  const server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
