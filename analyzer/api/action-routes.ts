// Actions over HTTP: alerts in, what is proposed and why, decisions, the kill switch and the audit log.
import express, { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Role } from '../remediation/config.ts';
import { decide } from '../remediation/decide.ts';
import { fromWebhook, type Intake, IntakeFullError, webhookSchema } from '../remediation/intake.ts';
import type { LoadedPlaybook } from '../remediation/playbook.ts';
import { ACTION_STATES } from '../store/action-record.ts';
import type { Store } from '../store/store.ts';
import { callerOf, type Gate } from './operator-token.ts';
import { sendProblem } from './problem.ts';

const MAX_WEBHOOK_BYTES = '4mb';
const MAX_DECISION_BYTES = '16kb';
const MAX_LISTED = 1_000;
const RETRY_AFTER_SECONDS = 1;

export interface ActionRouteOptions {
  readonly store: Store;
  readonly intake: Intake;
  /** Those of the configuration that holds now. */
  readonly gate: () => Gate;
  readonly playbooks: () => readonly LoadedPlaybook[];
  /** Unix seconds. */
  readonly clock: () => number;
}

const decision = z.strictObject({
  reason: z.string().trim().min(1).max(1_000),
  /** A person's name beside that of the token. */
  by: z.string().trim().min(1).max(100).optional(),
});
const listing = z.object({
  state: z.enum(ACTION_STATES).optional(),
  limit: z.coerce.number().int().min(1).max(MAX_LISTED).default(100),
});

export function createActionRoutes(options: ActionRouteOptions): Router {
  const { store, clock } = options;
  const router = Router();

  const only =
    (...roles: readonly Role[]): express.RequestHandler =>
    (request, response, next) =>
      options.gate().require(...roles)(request, response, next);
  const reader = only('viewer', 'operator', 'admin');
  const operator = only('operator', 'admin');
  const body = express.json({ limit: MAX_DECISION_BYTES, type: 'application/json' });

  router.post(
    '/api/v1/alertmanager',
    only('alertmanager', 'operator', 'admin'),
    express.json({ limit: MAX_WEBHOOK_BYTES, type: 'application/json' }),
    (request, response) => receive(options, request, response),
  );
  router.get('/api/v1/actions', reader, (request, response) => {
    const query = parse(listing, request.query, response);
    if (query === undefined) return;
    const states = query.state === undefined ? ACTION_STATES : [query.state];
    response.json({ actions: store.actions.list({ states, limit: query.limit }) });
  });
  router.get('/api/v1/actions/:id', reader, (request, response) => {
    const action = store.actions.get(String(request.params.id));
    if (action === undefined) notFound(response, `No action ${request.params.id}`);
    else response.json(action);
  });
  for (const [path, to] of [
    ['approve', 'approved'],
    ['deny', 'denied'],
  ] as const) {
    router.post(`/api/v1/actions/:id/${path}`, operator, body, (request, response) => {
      const said = decisionOf(request, response, clock());
      if (said === undefined) return;
      const decided = decide(store, String(request.params.id), { ...said, to });
      if (decided.ok) response.json(decided.action);
      else if (decided.why === 'unknown') notFound(response, decided.detail);
      else sendProblem(response, { status: 409, title: 'Conflict', detail: decided.detail });
    });
  }
  router.get('/api/v1/playbooks', reader, (_request, response) => {
    response.json({ playbooks: options.playbooks().map(({ playbook }) => playbook) });
  });
  return router.use(createSwitchRoutes({ store, clock, reader, operator, admin: only('admin') }));
}

interface SwitchRouteOptions extends Pick<ActionRouteOptions, 'store' | 'clock'> {
  readonly reader: express.RequestHandler;
  readonly operator: express.RequestHandler;
  readonly admin: express.RequestHandler;
}

/** Everybody who may decide may stop; starting again is an administrator's. */
function createSwitchRoutes({ store, clock, ...roles }: SwitchRouteOptions): Router {
  const router = Router();
  const body = express.json({ limit: MAX_DECISION_BYTES, type: 'application/json' });
  const state = () => ({ paused: store.killSwitch.paused() ?? null });
  router.get('/api/v1/kill-switch', roles.reader, (_request, response) => {
    response.json(state());
  });
  for (const to of ['pause', 'resume'] as const) {
    const role = to === 'pause' ? roles.operator : roles.admin;
    router.post(`/api/v1/${to}`, role, body, (request, response) => {
      const said = decisionOf(request, response, clock());
      if (said === undefined) return;
      store.killSwitch[to]({ by: said.by, reason: said.reason, since: said.now });
      response.json(state());
    });
  }
  router.get('/api/v1/audit', roles.reader, (request, response) => {
    const query = parse(listing, request.query, response);
    if (query !== undefined) response.json({ entries: store.audit.list(query.limit) });
  });
  return router;
}

/** Answered when it is on the disk: Alertmanager repeats what was not. */
async function receive(
  { store, intake }: ActionRouteOptions,
  request: Request,
  response: Response,
): Promise<void> {
  if (!store.durable) {
    const detail =
      'Alerts are taken only where they can be kept: start the analyzer with --storage.path';
    sendProblem(response, { status: 503, title: 'No store', detail });
    return;
  }
  const webhook = parse(webhookSchema, request.body, response);
  if (webhook === undefined) return;
  try {
    await intake.accept(fromWebhook(webhook));
    response.status(202).json({ accepted: webhook.alerts.length });
  } catch (error) {
    if (!(error instanceof IntakeFullError)) throw error;
    response.set('Retry-After', String(RETRY_AFTER_SECONDS));
    sendProblem(response, { status: 503, title: 'Busy', detail: error.message });
  }
}

function decisionOf(request: Request, response: Response, now: number) {
  const said = parse(decision, request.body, response);
  if (said === undefined) return undefined;
  const caller = callerOf(response);
  const by = said.by === undefined ? caller : `${caller} (${said.by})`;
  return { by, reason: said.reason, now };
}

function parse<T>(schema: z.ZodType<T>, value: unknown, response: Response): T | undefined {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const errors = result.error.issues
    .slice(0, 20)
    .map(({ path, message }) => ({ parameter: path.join('.'), detail: message }));
  const detail = errors.map(({ parameter, detail }) => `${parameter}: ${detail}`).join('; ');
  sendProblem(response, { status: 400, title: 'Invalid request', detail, errors });
  return undefined;
}

function notFound(response: Response, detail: string): void {
  sendProblem(response, { status: 404, title: 'Not found', detail });
}
