// The loop: alerts in, proposals out, decisions carried out one step at a time, from whatever the store says after a restart.
import type { Finding } from '../series/finding.ts';
import type { ActionRecord } from '../store/action-record.ts';
import type { Store } from '../store/store.ts';
import type { RemediationConfig } from './config.ts';
import { type Leave, mayBegin } from './envelope.ts';
import { handleAlerts, MAX_OPEN_ACTIONS } from './handle-alerts.ts';
import { fromFindings } from './intake.ts';
import { proveAction, rollBackAction } from './prove-action.ts';
import { planAction, runAction } from './run-action.ts';
import { playbookOf, type StageContext, type StageDeps } from './stage.ts';

const MAX_DRY_RUNS = 2;
const KEEP_ALERTS_SECONDS = 30 * 86_400;
const FORGET_EVERY_SECONDS = 3_600;

export interface RemediationOptions extends StageDeps {
  readonly config: RemediationConfig;
  readonly findings: () => readonly Finding[];
}

export interface Remediation {
  /** One step of everything that is due. Never throws. */
  tick(): Promise<void>;
  /** Resolves when nothing is under way. */
  idle(): Promise<void>;
  /** Ends what runs, and waits for it. */
  stop(): Promise<void>;
}

export function createRemediation(options: RemediationOptions): Remediation {
  const { store, config, clock, log, playbooks } = options;
  const abort = new AbortController();
  const context: StageContext = { ...options, signal: abort.signal };
  const stages = createStageRunner(context);
  const takeFindings = createFindingWatch(store, options.findings);
  let forgotten = 0;

  function begin(action: ActionRecord, now: number): void {
    const playbook = playbookOf(context, action);
    const leave = (running: number): Leave =>
      playbook === undefined
        ? { answer: 'go' }
        : mayBegin(action, playbook, { store, running, config, now });
    const first = leave(stages.running());
    if (first.answer === 'go') {
      // Asked again with itself among those that run.
      stages.launch('run', action, () =>
        runAction(context, action, () => leave(stages.running() - 1)),
      );
    } else if (first.answer !== 'wait') {
      const to = first.answer === 'refuse' ? 'refused' : 'escalated';
      const move = { from: 'approved', to, now, reason: first.reason } as const;
      const moved = store.actions.move(action.id, move);
      if (moved !== undefined && to === 'escalated') options.escalate(moved);
    }
  }

  function step(action: ActionRecord, now: number): void {
    const settle = playbookOf(context, action)?.verify.settle ?? 0;
    switch (action.state) {
      case 'proposed':
        if (stages.count('plan') < MAX_DRY_RUNS)
          stages.launch('plan', action, () => planAction(context, action));
        return;
      case 'approved':
        begin(action, now);
        return;
      case 'settling':
        if (now >= (action.ended ?? 0) + settle)
          stages.launch('proof', action, () => proveAction(context, action));
        return;
      case 'rollback_due':
        if (store.killSwitch.paused() === undefined && stages.running() < config.max_concurrent)
          stages.launch('rollback', action, () => rollBackAction(context, action));
    }
  }

  function turn(now: number): void {
    takeFindings(now);
    handleAlerts(store, { playbooks, config, now, log });
    expire(store, now, stages.isBusy);
    const states = ['proposed', 'approved', 'settling', 'rollback_due'] as const;
    const due = store.actions.list({ states, limit: MAX_OPEN_ACTIONS }).reverse();
    for (const action of due) if (!stages.isBusy(action.id)) step(action, now);
    if (now - forgotten < FORGET_EVERY_SECONDS) return;
    forgotten = now;
    store.alerts.forgetBefore(now - KEEP_ALERTS_SECONDS);
  }

  return {
    async tick() {
      try {
        turn(clock());
      } catch (error) {
        log.error({ err: error as Error }, 'remediation cannot go on');
      }
    },
    idle: stages.idle,
    async stop() {
      abort.abort();
      await stages.idle();
    },
  };
}

/** What a dead process left behind: how far it came is not known, so nothing is run a second time. */
export function recoverActions({
  store,
  clock,
  escalate,
}: Pick<StageDeps, 'store' | 'clock' | 'escalate'>): void {
  for (const from of ['running', 'rolling_back'] as const) {
    for (const { id } of store.actions.list({ states: [from], limit: MAX_OPEN_ACTIONS })) {
      const reason = 'the analyzer ended while it ran: how far it came is not known';
      const moved = store.actions.move(id, { from, to: 'interrupted', now: clock(), reason });
      if (moved !== undefined) escalate(moved);
    }
  }
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
    isBusy: (id: string) => busy.has(id),
    idle: async () => {
      await Promise.all([...busy.values()].map(({ done }) => done));
    },
  };
}

/** Stores what is new since the last turn: a finding is open for many turns. */
function createFindingWatch(store: Store, findings: () => readonly Finding[]) {
  let seen: ReadonlySet<string> = new Set();
  return (now: number): void => {
    const all = fromFindings(findings());
    const keyOf = (one: (typeof all)[number]) => `${one.fingerprint} ${one.startsAt} ${one.status}`;
    const news = all.filter((one) => !seen.has(keyOf(one)));
    if (news.length > 0) store.alerts.store(news, now);
    seen = new Set(all.map(keyOf));
  };
}

function expire({ actions }: Store, now: number, isBusy: (id: string) => boolean): void {
  for (const from of ['waiting', 'approved'] as const) {
    for (const { id, expires } of actions.list({ states: [from], limit: MAX_OPEN_ACTIONS })) {
      if (expires === undefined || now < expires || isBusy(id)) continue;
      const reason = from === 'waiting' ? 'nobody approved it in time' : 'could not begin in time';
      actions.move(id, { from, to: 'expired', now, reason });
    }
  }
}
