// The loop: alerts in, proposals out, decisions carried out one step at a time, from whatever the store says after a restart.
import type { Finding } from '../series/finding.ts';
import type { ActionRecord } from '../store/action-record.ts';
import { StoreUnavailableError } from '../store/database.ts';
import type { Records, Store } from '../store/store.ts';
import { type Leave, mayBegin } from './envelope.ts';
import { handleAlerts, MAX_OPEN_ACTIONS } from './handle-alerts.ts';
import { fromFindings } from './intake.ts';
import { proveAction, rollBackAction } from './prove-action.ts';
import { recoverAction, recoverableCall } from './recover-action.ts';
import { planAction, runAction } from './run-action.ts';
import { playbookOf, type StageContext, type StageDeps } from './stage.ts';

const MAX_DRY_RUNS = 2;
const KEEP_ALERTS_SECONDS = 30 * 86_400;
const FORGET_EVERY_SECONDS = 3_600;

export interface Remediation {
  /** One step of everything that is due. Never throws. */
  tick(): Promise<void>;
  /** How many actions and rollbacks are being carried out. */
  running(): number;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Ends what runs, and waits for it. */
  stop(): Promise<void>;
}

export function createRemediation(options: StageDeps): Remediation {
  const { store, config, clock, log, playbooks } = options;
  const abort = new AbortController();
  const context: StageContext = { ...options, signal: abort.signal };
  const stages = createStageRunner(context);
  const takeFindings = createFindingWatch(store, options.findings);
  let forgotten = 0;
  const mayAct = createLeaderWatch(options);

  async function begin(action: ActionRecord, now: number): Promise<void> {
    const playbook = playbookOf(context, action);
    const leave = async (records: Records, running: number): Promise<Leave> =>
      playbook === undefined
        ? { answer: 'go' }
        : mayBegin(action, playbook, { store: records, running, config, now });
    const first = await leave(store, stages.running());
    if (first.answer === 'go') {
      // Asked again with itself among those that run.
      stages.launch('run', action, () =>
        runAction(context, action, (tx) => leave(tx, stages.running() - 1)),
      );
    } else if (first.answer !== 'wait') {
      const to = first.answer === 'refuse' ? 'refused' : 'escalated';
      const move = { from: 'approved', to, now, reason: first.reason } as const;
      const moved = await store.actions.move(action.id, move);
      if (moved !== undefined && to === 'escalated') options.escalate(moved);
    }
  }

  async function step(action: ActionRecord, now: number): Promise<void> {
    const settle = playbookOf(context, action)?.verify.settle ?? 0;
    switch (action.state) {
      case 'proposed':
        if (stages.count('plan') < MAX_DRY_RUNS)
          stages.launch('plan', action, () => planAction(context, action));
        return;
      case 'approved':
        await begin(action, now);
        return;
      case 'settling':
        if (now >= (action.ended ?? 0) + settle)
          stages.launch('proof', action, () => proveAction(context, action));
        return;
      case 'rollback_due':
        if (stages.running() < config.max_concurrent && !(await store.killSwitch.paused()))
          stages.launch('rollback', action, () => rollBackAction(context, action));
    }
  }

  async function turn(now: number): Promise<void> {
    await recoverActions(context, stages);
    await takeFindings(now);
    await handleAlerts(store, { playbooks, config, now, log });
    await expire(store, now, stages.busySince());
    const states = ['proposed', 'approved', 'settling', 'rollback_due'] as const;
    const isBusy = stages.busySince();
    const due = (await store.actions.list({ states, limit: MAX_OPEN_ACTIONS })).reverse();
    for (const action of due) if (!isBusy(action.id)) await step(action, now);
    if (now - forgotten < FORGET_EVERY_SECONDS) return;
    forgotten = now;
    await store.alerts.forgetBefore(now - KEEP_ALERTS_SECONDS);
    await expireSuggestions(store, now);
  }

  return {
    async tick() {
      try {
        if (await mayAct()) await turn(clock());
      } catch (error) {
        // The watch has said so, once.
        if (error instanceof StoreUnavailableError) return;
        log.error({ err: error as Error }, 'remediation cannot go on');
      }
    },
    running: stages.running,
    idle: stages.idle,
    async stop() {
      abort.abort();
      await stages.idle();
    },
  };
}

/** Those that run and that nobody here runs: the process that did is no more. */
async function recoverActions(
  context: StageContext,
  stages: ReturnType<typeof createStageRunner>,
): Promise<void> {
  const isBusy = stages.busySince();
  for (const state of ['running', 'rolling_back'] as const) {
    const states = [state];
    for (const action of await context.store.actions.list({ states, limit: MAX_OPEN_ACTIONS })) {
      if (isBusy(action.id)) continue;
      if (recoverableCall(context, action) === undefined) await recoverAction(context, action);
      else stages.launch('run', action, () => recoverAction(context, action));
    }
  }
}

/** Whether this analyzer is the one that acts now. What changes is said once. */
function createLeaderWatch({ store, log }: Pick<StageDeps, 'store' | 'log'>) {
  let was: boolean | undefined;
  let outage: string | undefined;
  return async (): Promise<boolean> => {
    let is: boolean;
    try {
      is = await store.leader.keep();
    } catch (error) {
      const { reason, message } = error as StoreUnavailableError;
      if (outage !== reason)
        log.error({ reason, error: message }, 'the store cannot be used: nothing is taken or run');
      outage = reason;
      throw error;
    }
    if (outage !== undefined) log.info('the store can be used again');
    outage = undefined;
    if (is !== was && (is || was !== undefined || store.durable))
      log.info({ leader: is }, is ? 'this analyzer acts' : 'another analyzer acts, this one waits');
    was = is;
    return is;
  };
}

type Stage = 'plan' | 'run' | 'proof' | 'rollback';

/** One stage of an action at a time; an unexpected error ends neither the loop nor the others. */
function createStageRunner({ log, signal }: StageContext) {
  const busy = new Map<string, { readonly stage: Stage; readonly done: Promise<void> }>();
  const count = (stage: Stage) => [...busy.values()].filter((one) => one.stage === stage).length;
  return {
    launch(stage: Stage, { id }: ActionRecord, work: () => Promise<void>) {
      if (signal.aborted) return;
      const done = work()
        .catch((error: Error) => log.error({ err: error, action: id, stage }, 'stage failed'))
        .finally(() => busy.delete(id));
      busy.set(id, { stage, done });
    },
    count,
    running: () => count('run') + count('rollback'),
    /** Whether it is or was: what is read from now on may be older than the end of its stage. */
    busySince: () => {
      const before = new Set(busy.keys());
      return (id: string) => before.has(id) || busy.has(id);
    },
    idle: async () => {
      await Promise.all([...busy.values()].map(({ done }) => done));
    },
  };
}

/** Stores what is new since the last turn: a finding is open for many turns. */
function createFindingWatch(store: Store, findings: () => readonly Finding[]) {
  let seen: ReadonlySet<string> = new Set();
  return async (now: number): Promise<void> => {
    const all = fromFindings(findings());
    const keyOf = (one: (typeof all)[number]) => `${one.fingerprint} ${one.startsAt} ${one.status}`;
    const news = all.filter((one) => !seen.has(keyOf(one)));
    if (news.length > 0) await store.alerts.store(news, now);
    seen = new Set(all.map(keyOf));
  };
}

async function expire(
  { actions }: Store,
  now: number,
  isBusy: (id: string) => boolean,
): Promise<void> {
  for (const from of ['waiting', 'approved'] as const) {
    for (const { id, expires } of await actions.list({
      states: [from],
      limit: MAX_OPEN_ACTIONS,
    })) {
      if (expires === undefined || now < expires || isBusy(id)) continue;
      const reason = from === 'waiting' ? 'nobody approved it in time' : 'could not begin in time';
      await actions.move(id, { from, to: 'expired', now, reason });
    }
  }
}

/** With its alert forgotten nothing takes it back any more: it would be open, and keep its target, for good. */
async function expireSuggestions({ actions }: Store, now: number): Promise<void> {
  const from = 'suggested';
  const reason = 'its alert is older than alerts are kept';
  for (const { id, created } of await actions.list({ states: [from], limit: MAX_OPEN_ACTIONS }))
    if (created < now - KEEP_ALERTS_SECONDS)
      await actions.move(id, { from, to: 'expired', now, reason });
}
