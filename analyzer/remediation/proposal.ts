// From an alert to a proposed action: the playbook that matches, its parameters filled in, and what the envelope says.
import { randomUUID } from 'node:crypto';
import type { Labels } from '../series/labels.ts';
import type { OutcomeCount } from '../store/action-log.ts';
import type { ActionRecord, Command } from '../store/action-record.ts';
import type { StoredAlert } from '../store/alert-inbox.ts';
import type { RemediationConfig } from './config.ts';
import { forbidden } from './envelope.ts';
import { type GrantedMode, grantMode } from './mode.ts';
import {
  choosePlaybook,
  kindOf,
  type LoadedPlaybook,
  type Playbook,
  type PlaybookCommand,
} from './playbook.ts';
import { successRate } from './success-rate.ts';
import { fillTemplates, fillText, TemplateError, withHost } from './template.ts';

export interface ProposalContext {
  readonly playbooks: readonly LoadedPlaybook[];
  readonly config: Pick<RemediationConfig, 'allow' | 'protect' | 'environments' | 'unlock'>;
  /** Verdicts so far. */
  readonly outcomes: readonly OutcomeCount[];
  readonly now: number;
}

/** Undefined when no playbook is for this alert. */
export function propose(alert: StoredAlert, context: ProposalContext): ActionRecord | undefined {
  const { playbooks, config, outcomes, now } = context;
  const labels = withHost(alert.labels);
  const [host, kind] = [labels.host ?? '', kindOf(labels)];
  const grant = (playbook: Playbook) => grantMode({ playbook, kind, host, outcomes, ...config });
  const loaded = choosePlaybook(playbooks, labels, {
    isOff: (playbook) => grant(playbook).mode === 'off',
    score: ({ name }) => successRate(outcomes, { playbook: name, kind }).mean,
  });
  if (loaded === undefined) return undefined;
  const { playbook, digest } = loaded;
  const granted = grant(playbook);
  const base: ActionRecord = {
    id: randomUUID(),
    alertId: alert.id,
    state: 'suggested',
    reason: 'the playbook has steps for a person and no action',
    playbook: playbook.name,
    playbookDigest: digest,
    kind,
    host,
    labels,
    mode: modeOf(granted, alert),
    steps: playbook.steps,
    command: undefined,
    rollback: undefined,
    promql: undefined,
    peersPromql: undefined,
    dryRun: undefined,
    attempt: 1,
    created: now,
    updated: now,
    expires: undefined,
    due: undefined,
    decidedBy: undefined,
    decisionReason: undefined,
    before: undefined,
    after: undefined,
    ended: undefined,
    output: undefined,
    verdict: undefined,
  };
  if (playbook.action === undefined) return base;
  const closed = forbidden({ host, labels }, config);
  if (closed !== undefined) return { ...base, reason: `only a suggestion: ${closed}` };
  try {
    const filled = fill(loaded, alert, { ...labels, action_id: base.id });
    return {
      ...base,
      ...filled,
      reason: [filled.reason, granted.reason].filter(Boolean).join('; '),
    };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    return { ...base, reason: `only a suggestion: ${error.message}` };
  }
}

/** When the sender cut its list, more is wrong than we were told: then nothing happens by itself. */
function modeOf({ mode }: GrantedMode, { truncated }: StoredAlert) {
  if (mode === 'off') return 'suggest';
  return mode === 'auto' && truncated ? 'approve' : mode;
}

/** @throws {TemplateError} */
function fill(
  { playbook: { action, rollback, verify } }: LoadedPlaybook,
  alert: StoredAlert,
  labels: Labels,
): Partial<ActionRecord> {
  const optional = (text: string | undefined) =>
    text === undefined ? undefined : fillText(text, labels);
  return {
    state: 'proposed',
    reason: 'waits for its dry run',
    command: commandOf(action, labels),
    rollback: commandOf(rollback, labels),
    promql: optional(verify.promql) ?? alert.promql,
    peersPromql: optional(verify.peers),
  };
}

function commandOf(command: PlaybookCommand | undefined, labels: Labels): Command | undefined {
  if (command === undefined) return undefined;
  const parameters = fillTemplates(command.parameters, labels) as Record<string, unknown>;
  return { executor: command.executor, parameters };
}
