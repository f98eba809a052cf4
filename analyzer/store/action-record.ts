// One proposed action and its life, as it is stored and shown.
import type { Labels } from '../series/labels.ts';

/**
 * proposed → suggested (a person acts) or waiting (for approval) or approved → running → settling → proved.
 * A worse outcome goes on to rolling_back → rolled_back. Everything else is an end, with its reason.
 */
export const ACTION_STATES = [
  'proposed',
  'suggested',
  'waiting',
  'approved',
  'running',
  'settling',
  'rollback_due',
  'rolling_back',
  'proved',
  'rolled_back',
  'denied',
  'expired',
  'cancelled',
  'refused',
  'failed',
  'interrupted',
  'escalated',
] as const;
export type ActionState = (typeof ACTION_STATES)[number];

/** States in which something may still happen. */
export const OPEN_STATES: readonly ActionState[] = ACTION_STATES.slice(0, 8);

export type ActionVerdict = 'improved' | 'no_effect' | 'worse' | 'unknown';

/** What an executor is to do: parameters are filled in, and texts of the playbook alone. */
export interface Command {
  readonly executor: string;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** What the query answered at one time: the target, and those that nobody touched. */
export interface Reading {
  readonly time: number;
  readonly target: number;
  readonly peers: Readonly<Record<string, number>>;
}

export interface ActionRecord {
  readonly id: string;
  readonly alertId: number;
  readonly state: ActionState;
  /** Why it is in this state, in words. */
  readonly reason: string;
  readonly playbook: string;
  /** SHA-256 of the playbook's content: what was approved is what runs. */
  readonly playbookDigest: string;
  readonly kind: string;
  readonly host: string;
  readonly labels: Labels;
  readonly mode: 'suggest' | 'approve' | 'auto';
  readonly steps: readonly string[];
  readonly command: Command | undefined;
  readonly rollback: Command | undefined;
  readonly promql: string | undefined;
  readonly peersPromql: string | undefined;
  readonly dryRun: string | undefined;
  readonly attempt: number;
  /** Unix seconds. */
  readonly created: number;
  readonly updated: number;
  /** An approval that did not come by then is a denial. */
  readonly expires: number | undefined;
  /** Not before; set between two attempts. */
  readonly due: number | undefined;
  readonly decidedBy: string | undefined;
  readonly decisionReason: string | undefined;
  readonly before: Reading | undefined;
  readonly after: Reading | undefined;
  readonly ended: number | undefined;
  readonly output: string | undefined;
  readonly verdict: ActionVerdict | undefined;
}
