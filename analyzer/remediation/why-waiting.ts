// Why something that was approved has not begun, in words; asked when somebody looks.
import type { ActionRecord } from '../store/action-record.ts';
import { mayBegin } from './envelope.ts';
import { playbookOf, type StageDeps } from './stage.ts';

const MAX_RUNNING = 64;
/** Longer than this something is in the way that only the run itself finds out. */
const SOON_SECONDS = 10;

type WaitDeps = Pick<StageDeps, 'store' | 'config' | 'playbooks' | 'clock'>;

/** Undefined for what waits for nothing, or for a person. @throws {StoreUnavailableError} */
export async function whyWaiting(
  deps: WaitDeps,
  action: ActionRecord,
): Promise<string | undefined> {
  if (action.state !== 'approved' && action.state !== 'rollback_due') return undefined;
  const states = ['running', 'rolling_back'] as const;
  const running = await deps.store.actions.list({ states, limit: MAX_RUNNING });
  const closed =
    action.state === 'approved'
      ? await byEnvelope(deps, action, running.length)
      : await ofRollback(deps, running.length);
  if (closed !== undefined) return closed;
  if (!deps.store.leader.isHeld()) return 'another analyzer holds the lease to act: it begins it';
  const seconds = Math.round(deps.clock() - action.updated);
  return seconds < SOON_SECONDS
    ? 'about to begin'
    : `nothing is in its way for ${seconds} s: perhaps "up" cannot be read, the log says it`;
}

async function byEnvelope(deps: WaitDeps, action: ActionRecord, running: number) {
  const { store, config, clock } = deps;
  const playbook = playbookOf(deps, action);
  if (playbook === undefined) return undefined;
  const leave = await mayBegin(action, playbook, { store, running, config, now: clock() });
  return leave.answer === 'wait' ? leave.reason : undefined;
}

/** It waits for no window, no pause between actions and no rate. */
async function ofRollback({ store, config }: WaitDeps, running: number) {
  const paused = await store.killSwitch.paused();
  if (paused !== undefined) return `paused by ${paused.by}: ${paused.reason}`;
  return running >= config.max_concurrent ? `${running} actions are running` : undefined;
}
