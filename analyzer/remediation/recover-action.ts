// What a process that is no more left behind: asked for where somebody knows it, else given up. Nothing is run a second time.
import type { ActionRecord } from '../store/action-record.ts';
import { poll } from './executors/poll.ts';
import { finishRun } from './run-action.ts';
import { type Call, callOf, type StageContext } from './stage.ts';

/** A run whose time was nearly over still gets this long to be looked up. */
const MIN_LOOK_UP_SECONDS = 30;
const UNKNOWN = 'the analyzer ended while it ran: how far it came is not known';

/** The call whose outcome can be asked for; of a rollback it cannot, since it has the name of its action. */
export function recoverableCall(context: StageContext, action: ActionRecord): Call | undefined {
  if (action.state !== 'running') return undefined;
  const call = callOf(context, action, 'action');
  return call?.executor.outcomeOf === undefined ? undefined : call;
}

/** Takes up the run where the process before this one left it: its outcome, as soon as it is there. */
export async function recoverAction(context: StageContext, action: ActionRecord): Promise<void> {
  const call = recoverableCall(context, action);
  if (call === undefined) return giveUp(context, action, UNKNOWN);
  const { executor, request } = call;
  const left = action.updated + request.timeoutSeconds - context.clock();
  const timeoutMs = 1000 * Math.max(MIN_LOOK_UP_SECONDS, left);
  try {
    const polled = await poll(async (signal) => executor.outcomeOf?.(request, signal), {
      timeoutMs,
      signal: context.signal,
    });
    if (polled.ended === 'answer') await finishRun(context, action, polled.value);
    else if (polled.ended === 'timeout') await giveUp(context, action, UNKNOWN);
    // Ended once more: the next process looks it up.
  } catch (error) {
    await giveUp(context, action, `${UNKNOWN}; looked up: ${(error as Error).message}`);
  }
}

/** For a person, who is called. */
export async function giveUp(
  { store, clock, escalate }: Pick<StageContext, 'store' | 'clock' | 'escalate'>,
  { id, state: from }: ActionRecord,
  reason: string,
): Promise<void> {
  const now = clock();
  const moved = await store.actions.move(id, { from, to: 'interrupted', now, reason });
  if (moved !== undefined) escalate(moved);
}
