// From the dry run to the end of the run. The intent is on the disk before anything is done, so that nothing is done twice.
import type { ActionRecord } from '../store/action-record.ts';
import type { Leave } from './envelope.ts';
import { ExecutorError, type Outcome } from './executor.ts';
import { limitsOf } from './playbook.ts';
import { callOf, cut, playbookOf, readNow, type StageContext } from './stage.ts';

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
    store.actions.move(id, { from, to: 'cancelled', now: clock(), reason: CHANGED });
    return;
  }
  try {
    const dryRun = cut(await call.executor.plan(call.request, signal));
    const now = clock();
    const expires = mode === 'suggest' ? undefined : now + limitsOf(playbook).approvalExpires;
    const to = mode === 'auto' ? 'approved' : mode === 'approve' ? 'waiting' : 'suggested';
    const reason = 'the dry run is there';
    store.actions.move(id, { from, to, now, reason, set: { dryRun, expires } });
  } catch (error) {
    if (signal.aborted) return;
    const why = error instanceof ExecutorError ? error.reason : 'error';
    const set = { dryRun: cut((error as Error).message) };
    store.actions.move(id, { from, to: 'refused', now: clock(), reason: `dry run: ${why}`, set });
  }
}

/** @param leave asked at the last moment: a query lies between the first answer and the run. */
export async function runAction(
  context: StageContext,
  action: ActionRecord,
  leave: () => Leave,
): Promise<void> {
  const { store, clock, signal } = context;
  const { id, mode } = action;
  const from = 'approved';
  const call = callOf(context, action, 'action');
  if (call === undefined) {
    store.actions.move(id, { from, to: 'cancelled', now: clock(), reason: CHANGED });
    return;
  }
  const before = await readNow(context, action).catch(() => undefined);
  if (before === undefined && mode === 'auto') {
    const reason = 'its signal cannot be read, so nothing could be proved';
    store.actions.move(id, { from, to: 'refused', now: clock(), reason });
    return;
  }
  if (signal.aborted || leave().answer !== 'go') return;
  const intent = { from, to: 'running', now: clock(), reason: 'begins', set: { before } } as const;
  if (store.actions.begin(id, intent) === undefined) return;
  finish(context, action, await call.executor.run(call.request, signal));
}

function finish(context: StageContext, action: ActionRecord, outcome: Outcome): void {
  const { store, clock, escalate } = context;
  const { result, reason, output } = outcome;
  const { id, attempt } = action;
  const playbook = playbookOf(context, action);
  const attempts = playbook === undefined ? 1 : limitsOf(playbook).attempts;
  const now = clock();
  const from = 'running';
  const set = { output: cut(output), ended: now };
  if (result === 'done') {
    const why = 'done, waits for its proof';
    store.actions.move(id, { from, to: 'settling', now, reason: why, set });
  } else if (result === 'retryable' && attempt < attempts) {
    const next = { ...set, attempt: attempt + 1, due: now + RETRY_PAUSE_SECONDS };
    store.actions.move(id, { from, to: 'approved', now, reason: `retry: ${reason}`, set: next });
  } else {
    const failed = store.actions.move(id, { from, to: 'failed', now, reason, set });
    if (failed !== undefined) escalate(failed);
  }
}
