// After the run: the same query once more, the verdict, and the way back when it got worse.
import type { ActionRecord, Reading } from '../store/action-record.ts';
import { judgeEffect } from './proof.ts';
import { callOf, cut, isTooLate, playbookOf, readNow, record, type StageContext } from './stage.ts';

/** A query that fails is asked again until this long after its time. */
const PATIENCE_SECONDS = 300;

export async function proveAction(context: StageContext, action: ActionRecord): Promise<void> {
  const { store, clock, log, escalate } = context;
  const {
    settle = 0,
    better = 'down',
    min_effect = 0.1,
  } = playbookOf(context, action)?.verify ?? {};
  let after: Reading | undefined;
  try {
    after = await readNow(context, action);
  } catch (error) {
    log.warn({ err: error as Error, action: action.id }, 'proof cannot be read');
    if (clock() < (action.ended ?? 0) + settle + PATIENCE_SECONDS) return;
  }
  const standard = { better, minEffect: min_effect };
  const { verdict, text } = judgeEffect(action.before, after, standard);
  const now = clock();
  const undo = action.rollback === undefined ? 'escalated' : 'rollback_due';
  const to = verdict === 'worse' ? undo : 'proved';
  const moved = await store.transaction(async ({ actions }) => {
    const set = { after, verdict };
    const next = await actions.move(action.id, { from: 'settling', to, now, reason: text, set });
    if (next !== undefined) await actions.countOutcome({ ...next, verdict });
    return next;
  });
  if (moved !== undefined && verdict !== 'improved') escalate(moved);
}

export async function rollBackAction(context: StageContext, action: ActionRecord): Promise<void> {
  const { store, clock, signal, escalate } = context;
  const { id, host } = action;
  const from = 'rollback_due';
  const call = callOf(context, action, 'rollback');
  if (call === undefined) {
    const reason = 'worse, and its playbook has changed: not rolled back';
    const moved = await store.actions.move(id, { from, to: 'escalated', now: clock(), reason });
    if (moved !== undefined) escalate(moved);
    return;
  }
  const reason = `made ${host} worse: rolls back`;
  const intent = { from, to: 'rolling_back', now: clock(), reason } as const;
  const begun = await store.transaction(async (tx) =>
    (await store.leader.holds(tx)) && (await tx.killSwitch.paused()) === undefined
      ? tx.actions.begin(id, intent)
      : undefined,
  );
  if (begun === undefined || (await isTooLate(context, begun))) return;
  const outcome = await call.executor.run(call.request, signal);
  const done = outcome.result === 'done';
  const moved = await record(context, id, {
    from: 'rolling_back',
    to: done ? 'rolled_back' : 'escalated',
    now: clock(),
    reason: done ? 'worse, rolled back' : `rollback failed: ${outcome.reason}`,
    set: { output: cut(`${action.output ?? ''}\n--- rollback ---\n${outcome.output}`) },
  });
  if (!done && moved !== undefined) escalate(moved);
}
