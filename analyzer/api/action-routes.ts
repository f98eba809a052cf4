// Actions over HTTP: alerts in, what is proposed and why, decisions, the kill switch and the audit log.
import { z } from 'zod';
import { decide } from '../remediation/decide.ts';
import { fromWebhook, type Intake, IntakeFullError, webhookSchema } from '../remediation/intake.ts';
import type { LoadedPlaybook } from '../remediation/playbook.ts';
import { successRate } from '../remediation/success-rate.ts';
import type { OutcomeCount } from '../store/action-log.ts';
import { ACTION_STATES, type ActionRecord } from '../store/action-record.ts';
import type { Store } from '../store/store.ts';
import {
  acceptedAnswer,
  actionAnswer,
  actionsAnswer,
  auditAnswer,
  killSwitchAnswer,
  playbooksAnswer,
} from './action-answers.ts';
import { nameOf } from './caller.ts';
import { decodeCursor, encodeCursor, pageParameters } from './page.ts';
import { busy, notFound, ProblemError } from './problem.ts';
import { type ApiRoute, defineRoute } from './route.ts';

const MAX_WEBHOOK_BYTES = 4 * 1024 * 1024;
const DEFAULT_LISTED = 100;
const MAX_LISTED = 1_000;
const RETRY_AFTER_SECONDS = 1;

export interface ActionRouteOptions {
  readonly store: Store;
  readonly intake: Intake;
  /** Those of the configuration that holds now. */
  readonly playbooks: () => readonly LoadedPlaybook[];
  /** Why an action that was approved has not begun. */
  readonly waits: (action: ActionRecord) => Promise<string | undefined>;
  /** Unix seconds. */
  readonly clock: () => number;
}

const decision = z.strictObject({
  reason: z.string().trim().min(1).max(1_000),
  /** A person's name beside that of the token. */
  by: z.string().trim().min(1).max(100).optional(),
});
const page = pageParameters({ limit: DEFAULT_LISTED, max: MAX_LISTED });
const actionList = z.strictObject({ state: z.enum(ACTION_STATES).optional(), ...page });
const auditList = z.strictObject(page);
const oneAction = z.strictObject({ id: z.string().min(1).max(200) });
const afterAction = z.strictObject({ created: z.number(), id: z.string().max(200) });
const beforeEntry = z.strictObject({ seq: z.int().min(1) });

export function createActionRoutes(options: ActionRouteOptions): ApiRoute[] {
  return [
    createWebhookRoute(options),
    ...createReadRoutes(options),
    createDecisionRoute(options, 'approve'),
    createDecisionRoute(options, 'deny'),
    ...createSwitchRoutes(options),
  ];
}

/** Answered when it is on the disk: Alertmanager repeats what was not. */
function createWebhookRoute({ store, intake }: ActionRouteOptions): ApiRoute {
  return defineRoute({
    ...{ method: 'post', path: '/api/v1/alertmanager', access: 'alertmanager', changes: true },
    summary: "Takes Alertmanager's webhook (version 4)",
    rate: 'webhook',
    maxBodyBytes: MAX_WEBHOOK_BYTES,
    body: webhookSchema,
    answer: acceptedAnswer,
    status: 202,
    async handle({ body }) {
      if (!store.durable) {
        const detail =
          'Alerts are taken only where they can be kept: start the analyzer with --storage.path';
        throw new ProblemError({ status: 503, title: 'No store', detail });
      }
      try {
        await intake.accept(fromWebhook(body));
        return { accepted: body.alerts.length };
      } catch (error) {
        if (!(error instanceof IntakeFullError)) throw error;
        throw busy(error.message, RETRY_AFTER_SECONDS);
      }
    },
  });
}

function createReadRoutes({ store, playbooks, waits }: ActionRouteOptions): ApiRoute[] {
  const show = async (action: ActionRecord, outcomes: readonly OutcomeCount[]) => ({
    ...action,
    record: successRate(outcomes, action),
    waits: await waits(action),
  });
  return [
    defineRoute({
      ...{ method: 'get', path: '/api/v1/actions', access: 'viewer', changes: false },
      summary: 'What is proposed, waits, runs or has run',
      query: actionList,
      answer: actionsAnswer,
      async handle({ query: { state, limit, cursor } }) {
        const states = state === undefined ? ACTION_STATES : [state];
        const after = cursor === undefined ? undefined : decodeCursor(afterAction, cursor);
        const found = await store.actions.list({ states, limit: limit + 1, after });
        const actions = found.slice(0, limit);
        const last = found.length > limit ? actions.at(-1) : undefined;
        const outcomes = await store.actions.outcomes();
        return {
          actions: await Promise.all(actions.map((one) => show(one, outcomes))),
          next: last ? encodeCursor({ created: last.created, id: last.id }) : null,
        };
      },
    }),
    defineRoute({
      ...{ method: 'get', path: '/api/v1/actions/:id', access: 'viewer', changes: false },
      summary: 'One action with its steps, dry run and output',
      params: oneAction,
      query: z.strictObject({}),
      answer: actionAnswer,
      async handle({ params: { id } }) {
        const action = await store.actions.get(id);
        if (action === undefined) throw notFound(`No action ${id}`);
        return show(action, await store.actions.outcomes());
      },
    }),
    defineRoute({
      ...{ method: 'get', path: '/api/v1/playbooks', access: 'viewer', changes: false },
      summary: 'The playbooks in force, in the order in which they are tried',
      query: z.strictObject({}),
      answer: playbooksAnswer,
      async handle() {
        const outcomes = await store.actions.outcomes();
        const record = (playbook: string) => successRate(outcomes, { playbook });
        return {
          playbooks: playbooks().map(({ playbook }) => ({
            ...playbook,
            record: record(playbook.name),
          })),
        };
      },
    }),
    defineRoute({
      ...{ method: 'get', path: '/api/v1/audit', access: 'viewer', changes: false },
      summary: 'Who did what and when, chained by hashes',
      query: auditList,
      answer: auditAnswer,
      async handle({ query: { limit, cursor } }) {
        const before = cursor === undefined ? undefined : decodeCursor(beforeEntry, cursor).seq;
        const found = await store.audit.list(limit + 1, before);
        const entries = found.slice(0, limit);
        const last = found.length > limit ? entries.at(-1) : undefined;
        return { entries, next: last ? encodeCursor({ seq: last.seq }) : null };
      },
    }),
  ];
}

function createDecisionRoute(
  { store, clock }: ActionRouteOptions,
  verb: 'approve' | 'deny',
): ApiRoute {
  return defineRoute({
    ...{ method: 'post', path: `/api/v1/actions/:id/${verb}`, access: 'operator', changes: true },
    summary: verb === 'approve' ? 'Lets an action run' : 'Keeps an action from running',
    params: oneAction,
    body: decision,
    answer: actionAnswer,
    async handle({ params: { id }, body, caller }) {
      const said = { by: nameOf(caller, body.by), reason: body.reason, now: clock() };
      const to = verb === 'approve' ? 'approved' : 'denied';
      const decided = await decide(store, id, { ...said, to });
      if (decided.ok) return decided.action;
      if (decided.why === 'unknown') throw notFound(decided.detail);
      throw new ProblemError({ status: 409, title: 'Conflict', detail: decided.detail });
    },
  });
}

/** Everybody who may decide may stop; starting again is an administrator's. */
function createSwitchRoutes({ store, clock }: ActionRouteOptions): ApiRoute[] {
  const state = async () => ({ paused: (await store.killSwitch.paused()) ?? null });
  const change = (to: 'pause' | 'resume', access: 'operator' | 'admin', summary: string) =>
    defineRoute({
      ...{ method: 'post', path: `/api/v1/${to}`, access, changes: true, summary },
      body: decision,
      answer: killSwitchAnswer,
      async handle({ body: { by, reason }, caller }) {
        await store.killSwitch[to]({ by: nameOf(caller, by), reason, since: clock() });
        return state();
      },
    });
  return [
    defineRoute({
      ...{ method: 'get', path: '/api/v1/kill-switch', access: 'viewer', changes: false },
      summary: 'Whether actions may start',
      query: z.strictObject({}),
      answer: killSwitchAnswer,
      handle: state,
    }),
    change('pause', 'operator', 'Keeps every action from starting, also after a restart'),
    change('resume', 'admin', 'Lets actions start again'),
  ];
}
