// A ticket about a finding in somebody's system: opened once, added to while it is open.
import type { Finding } from '../series/finding.ts';
import { correlationId } from './correlation.ts';

export interface TicketDraft {
  readonly correlationId: string;
  readonly severity: Finding['severity'];
  readonly title: string;
  readonly text: string;
}

export interface Ticket {
  readonly system: string;
  /** As people call it: INC0010023, OPS-17, 42. */
  readonly id: string;
  readonly url: string;
  /** False where it was there already. */
  readonly isNew: boolean;
}

export interface TicketSystem {
  /** The open ticket of this correlation id, or a new one. @throws {NotifyError} */
  open(draft: TicketDraft, signal: AbortSignal): Promise<Ticket>;
}

export const TICKET_SYSTEMS = ['servicenow', 'jira', 'github'] as const;
export type TicketSystemName = (typeof TICKET_SYSTEMS)[number];

const MAX_TITLE_CHARS = 160;
const MAX_TEXT_CHARS = 16_000;

export function toDraft(finding: Finding): TicketDraft {
  const { kind, subject, severity, evidence, suggestions, changes = [], since, state } = finding;
  const { instance = 'unknown host', group, target, probe, database_server: database } = subject;
  const who = group ?? target ?? probe ?? database;
  const place = who === undefined ? instance : `${who} on ${instance}`;
  const lines = [
    `${kind.replaceAll('_', ' ')} (${severity}), ${state} since ${new Date(since * 1000).toISOString()}`,
    '',
    'Why:',
    ...evidence.map(({ text, promql }) => `- ${text}\n    ${promql}`),
    ...(changes.length === 0
      ? []
      : ['', 'Changed before:', ...changes.map(({ text }) => `- ${text}`)]),
    '',
    'What to do:',
    ...suggestions.map(({ text, reason }, index) => `${index + 1}. ${text} (${reason})`),
  ];
  return {
    correlationId: correlationId({ kind, labels: subject }),
    severity,
    title: `${kind.replaceAll('_', ' ')}: ${place}`.slice(0, MAX_TITLE_CHARS),
    text: lines.join('\n').slice(0, MAX_TEXT_CHARS),
  };
}
