// What the stages of an action share: who is called, with what, and how its signal is read.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../service/log.ts';
import type { Querier } from '../prometheus/querier.ts';
import type { Finding } from '../series/finding.ts';
import type { Transition } from '../store/action-log.ts';
import type { ActionRecord, Command, Reading } from '../store/action-record.ts';
import { StoreUnavailableError } from '../store/database.ts';
import type { Store } from '../store/store.ts';
import type { RemediationConfig } from './config.ts';
import type { Executor, ExecutorAction } from './executor.ts';
import type { Executors } from './executors/list.ts';
import type { LoadedPlaybook, Playbook } from './playbook.ts';
import { readSignal } from './proof.ts';

const MAX_TEXT_CHARS = 64 * 1024;
const MAX_TOUCHED = 1_000;
const RECORD_PAUSE_MS = 500;

export interface StageDeps {
  readonly store: Store;
  readonly executors: Executors;
  readonly playbooks: readonly LoadedPlaybook[];
  readonly querier: Querier;
  /** Unix seconds. */
  readonly clock: () => number;
  readonly log: Logger;
  readonly config: RemediationConfig;
  readonly findings: () => readonly Finding[];
  /** Calls a person. */
  readonly escalate: (action: ActionRecord) => void;
}

export interface StageContext extends StageDeps {
  readonly signal: AbortSignal;
}

/** The playbook as it was when the action was proposed: what was approved is what runs. */
export function playbookOf(
  { playbooks }: Pick<StageDeps, 'playbooks'>,
  { playbook: name, playbookDigest }: ActionRecord,
): Playbook | undefined {
  return playbooks.find(
    ({ playbook, digest }) => playbook.name === name && digest === playbookDigest,
  )?.playbook;
}

export interface Call {
  readonly executor: Executor;
  readonly request: ExecutorAction;
}

/** Undefined when the playbook has changed since. */
export function callOf(
  context: StageContext,
  action: ActionRecord,
  part: 'action' | 'rollback',
): Call | undefined {
  const command: Command | undefined = part === 'action' ? action.command : action.rollback;
  const timeoutSeconds = playbookOf(context, action)?.[part]?.timeout;
  const executor = command && context.executors[command.executor];
  if (command === undefined || executor === undefined || timeoutSeconds === undefined)
    return undefined;
  const { id, host } = action;
  return { executor, request: { id, host, parameters: command.parameters, timeoutSeconds } };
}

/** Undefined when there is no query, or the target has no value. @throws {QueryError} */
export async function readNow(
  context: StageContext,
  action: ActionRecord,
): Promise<Reading | undefined> {
  const { promql, peersPromql, labels, host } = action;
  const verify = playbookOf(context, action)?.verify;
  if (promql === undefined || verify === undefined) return undefined;
  const states = ['running', 'settling', 'rolling_back'] as const;
  const busy = await context.store.actions.list({ states, limit: MAX_TOUCHED });
  const touched = new Set(busy.map((one) => one.host));
  const { window } = verify;
  const at = context.clock();
  return readSignal(context.querier, {
    promql,
    peersPromql,
    labels,
    host,
    touched,
    window,
    at,
  });
}

/** Between the commit of the intent and now this process may have stood still, and another one acts. */
export async function isTooLate(
  { store, clock }: Pick<StageDeps, 'store' | 'clock'>,
  { id, state: from }: ActionRecord,
): Promise<boolean> {
  if (store.leader.isHeld()) return false;
  const reason = 'not begun: this analyzer lost the lease to act';
  await store.actions.move(id, { from, to: 'interrupted', now: clock(), reason });
  return true;
}

/**
 * What has been done is told for sure: while the store cannot be used it is tried again, for as long as this process lives.
 * Undefined when the action was not in `from` any more: another analyzer has given it up.
 */
export async function record(
  { store, signal }: Pick<StageContext, 'store' | 'signal'>,
  id: string,
  transition: Transition,
): Promise<ActionRecord | undefined> {
  for (let isRepeat = false; ; isRepeat = true) {
    try {
      const moved = await store.actions.move(id, transition);
      if (moved !== undefined || !isRepeat) return moved;
      // It may have been committed before, and only the answer was lost.
      const now = await store.actions.get(id);
      const isOurs = now?.state === transition.to && now.updated === transition.now;
      return isOurs ? now : undefined;
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || signal.aborted) throw error;
    }
    await sleep(RECORD_PAUSE_MS);
  }
}

/** The end is where a tool says what came of it. */
export function cut(text: string): string {
  return text.length <= MAX_TEXT_CHARS ? text : `[cut]\n${text.slice(-MAX_TEXT_CHARS)}`;
}
