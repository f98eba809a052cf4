// From the dry run to the end of the run. The intent is on the disk before anything is done, so that nothing is done twice.
import type { ActionRecord, ActionState } from '../store/action-record.ts';
import type { Records } from '../store/store.ts';
import type { Leave } from './envelope.ts';
import { ExecutorError, type Outcome } from './executor.ts';
import { limitsOf } from './playbook.ts';
import { fleetRefusal, readFleet } from './read-fleet.ts';
import { callOf, cut, isTooLate, playbookOf, readNow, record, type StageContext } from './stage.ts';

const RETRY_PAUSE_SECONDS = 30;
const CHANGED = 'its playbook has changed since it was proposed';

/** Without a dry run nobody knows what would happen: then it is not run. */
export async function planAction(context: StageContext, action: ActionRecord): Promise<void> {
  const { store, clock, signal } = context;
  const { id, mode } = action;
  const from = 'proposed';
  const call = callOf(context, action, 'action');
  const playbook = playbookOf(context, action);
  if (call === undefined || playbook === undefined) {
    await store.actions.move(id, { from, to: 'cancelled', now: clock(), reason: CHANGED });
    return;
  }
  try {
    const dryRun = cut(await call.executor.plan(call.request, signal));
    const now = clock();
    const expires = mode === 'suggest' ? undefined : now + limitsOf(playbook).approvalExpires;
    const to = mode === 'auto' ? 'approved' : mode === 'approve' ? 'waiting' : 'suggested';
    const reason = 'the dry run is there';
    await store.actions.move(id, { from, to, now, reason, set: { dryRun, expires } });
  } catch (error) {
    if (signal.aborted) return;
    const why = error instanceof ExecutorError ? error.reason : 'error';
    const set = { dryRun: cut((error as Error).message) };
    await store.actions.move(id, {
      from,
      to: 'refused',
      now: clock(),
      reason: `dry run: ${why}`,
      set,
    });
  }
}

/** @param leave asked in the very commit that records the intent: a query lies between its first answer and the run. */
export async function runAction(
  context: StageContext,
  action: ActionRecord,
  leave: (tx: Records) => Promise<Leave>,
): Promise<void> {
  const { store, clock, signal, log } = context;
  const { id, mode } = action;
  const from = 'approved';
  const call = callOf(context, action, 'action');
  if (call === undefined) {
    await store.actions.move(id, { from, to: 'cancelled', now: clock(), reason: CHANGED });
    return;
  }
  const before = await readNow(context, action).catch(() => undefined);
  if (before === undefined && mode === 'auto') {
    const reason = 'its signal cannot be read, so nothing could be proved';
    await store.actions.move(id, { from, to: 'refused', now: clock(), reason });
    return;
  }
  const members = await readFleet(context, action).catch((error: Error) => {
    log.warn(
      { err: error, action: id },
      'waits: up cannot be read, so nobody knows how the fleet is',
    );
    return undefined;
  });
  if (signal.aborted || members === undefined) return;
  const intent = { from, to: 'running', now: clock(), reason: 'begins', set: { before } } as const;
  const begun = await store.transaction(async (tx) => {
    if (!(await store.leader.holds(tx)) || (await leave(tx)).answer !== 'go') return undefined;
    const refusal = await fleetRefusal(context, action, { members, tx });
    if (refusal === undefined) return tx.actions.begin(id, intent);
    await tx.actions.move(id, { from, to: 'refused', now: clock(), reason: refusal });
    return undefined;
  });
  if (begun === undefined || (await isTooLate(context, begun))) return;
  await finishRun(context, action, await call.executor.run(call.request, signal));
}

/** What comes after a run: proof, another attempt, or a person. */
export async function finishRun(
  context: StageContext,
  action: ActionRecord,
  outcome: Outcome,
): Promise<void> {
  const { clock, escalate, log } = context;
  const { result, reason, output } = outcome;
  const { id, attempt } = action;
  const playbook = playbookOf(context, action);
  const attempts = playbook === undefined ? 1 : limitsOf(playbook).attempts;
  const now = clock();
  const set = { output: cut(output), ended: now };
  const end = (to: ActionState, why: string, more: Partial<ActionRecord> = {}) =>
    record(context, id, { from: 'running', to, now, reason: why, set: { ...set, ...more } });

  let ended: ActionRecord | undefined;
  if (result === 'done') ended = await end('settling', 'done, waits for its proof');
  else if (result === 'retryable' && attempt < attempts)
    ended = await end('approved', `retry: ${reason}`, {
      attempt: attempt + 1,
      due: now + RETRY_PAUSE_SECONDS,
    });
  else {
    ended = await end('failed', reason);
    if (ended !== undefined) escalate(ended);
  }
  if (ended === undefined)
    log.warn({ action: id, result, reason }, 'not recorded: another analyzer has given it up');
}
