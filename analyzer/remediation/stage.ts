// What the stages of an action share: who is called, with what, and how its signal is read.
import type { Logger } from '../../service/log.ts';
import type { Querier } from '../prometheus/querier.ts';
import type { ActionRecord, Command, Reading } from '../store/action-record.ts';
import type { Store } from '../store/store.ts';
import type { Executor, ExecutorAction } from './executor.ts';
import type { Executors } from './executors/list.ts';
import type { LoadedPlaybook, Playbook } from './playbook.ts';
import { readSignal } from './proof.ts';

const MAX_TEXT_CHARS = 64 * 1024;
const MAX_TOUCHED = 1_000;

export interface StageDeps {
  readonly store: Store;
  readonly executors: Executors;
  readonly playbooks: readonly LoadedPlaybook[];
  readonly querier: Querier;
  /** Unix seconds. */
  readonly clock: () => number;
  readonly log: Logger;
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
  const busy = context.store.actions.list({ states, limit: MAX_TOUCHED });
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

/** The end is where a tool says what came of it. */
export function cut(text: string): string {
  return text.length <= MAX_TEXT_CHARS ? text : `[cut]\n${text.slice(-MAX_TEXT_CHARS)}`;
}
