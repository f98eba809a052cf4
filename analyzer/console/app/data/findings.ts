// Findings as the page needs them: a name for each, their tone, and what a search keeps. Pure.
import { type Labels, labelsKey } from '../../../series/labels.ts';
import type { Finding } from './answers.ts';
import { placeOf, titleOf } from './text.ts';

/** What a finding is called in the address; the same in the next answer. */
export function findingKey({ kind, subject }: Pick<Finding, 'kind' | 'subject'>): string {
  return `${kind} ${labelsKey(subject)}`;
}

export interface FindingFilter {
  readonly text: string;
  /** Empty = all. */
  readonly severity: string;
  readonly state: string;
}

/** The order of the engine stays: live ones by severity and score, resolved ones last. */
export function filterFindings(
  findings: readonly Finding[],
  { text, severity, state }: FindingFilter,
): Finding[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return findings.filter(
    (one) =>
      (severity === '' || one.severity === severity) &&
      (state === '' || one.state === state) &&
      words.every((word) => searchText(one).includes(word)),
  );
}

function searchText({ kind, subject, evidence }: Finding): string {
  const parts = [kind, titleOf(kind), ...Object.values(subject), evidence[0]?.text ?? ''];
  return parts.join(' ').toLowerCase();
}

/** Whether an action was proposed for this finding. */
export function isAbout(action: { kind: string; labels: Labels }, finding: Finding): boolean {
  const same = (name: string) => (action.labels[name] ?? '') === (finding.subject[name] ?? '');
  return action.kind === finding.kind && same('instance') && same('group');
}

export function headlineOf({ kind, subject }: Pick<Finding, 'kind' | 'subject'>): string {
  return `${titleOf(kind)}: ${placeOf(subject)}`;
}
