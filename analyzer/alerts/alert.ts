// A finding as an alert: labels that never change while it lives, everything that moves in the annotations.
import { groupName } from '../bottleneck/rule.ts';
import type { Evidence, Finding } from '../series/finding.ts';
import type { Labels } from '../series/labels.ts';
import type { PostableAlert } from './alertmanager.ts';

/** Prometheus gives an alert that it stops sending four intervals to live. */
const INTERVALS_TO_LIVE = 4;
const MAX_ANNOTATION_CHARS = 4_096;

export interface AlertOptions {
  readonly now: number;
  /** Seconds between two posts of the same firing alert. */
  readonly resendInterval: number;
  readonly alertname: string;
  /** Base URL of the runbooks, without trailing slash. */
  readonly runbooks: string;
  /** Where a person sees the finding: the analyzer itself. */
  readonly generatorUrl?: string | undefined;
}

/** The alert of a firing or resolved finding; a pending one has none. */
export function toAlert(finding: Finding, options: AlertOptions): PostableAlert | undefined {
  if (finding.state === 'pending') return undefined;
  const { now, resendInterval, alertname, generatorUrl } = options;
  const end =
    finding.state === 'resolved' ? finding.changed : now + INTERVALS_TO_LIVE * resendInterval;
  return {
    labels: { alertname, kind: finding.kind, severity: finding.severity, ...finding.subject },
    annotations: annotationsOf(finding, options.runbooks),
    startsAt: toRfc3339(finding.since),
    endsAt: toRfc3339(end),
    ...(generatorUrl === undefined ? {} : { generatorURL: generatorUrl }),
  };
}

function annotationsOf(finding: Finding, runbooks: string): Record<string, string> {
  const { kind, subject, evidence, suggestions } = finding;
  const who = groupName(subject);
  const [best] = suggestions;
  const annotations = {
    summary: `${who} on ${subject.instance ?? 'unknown host'}: ${kind.replaceAll('_', ' ')}`,
    description: sentences(evidence.map(({ text }) => text)),
    evidence: listOf(evidence),
    suggestion: best === undefined ? '' : `${best.text} — ${best.reason}`,
    suggestions: suggestions.map(({ text }, index) => `${index + 1}. ${text}`).join('\n'),
    hints: hintsOf(finding),
    changes: listOf(finding.changes ?? []),
    score: finding.score.toFixed(2),
    confidence: finding.confidence.toFixed(2),
    runbook_url: `${runbooks}/${kind}.md`,
    dashboard: dashboardOf(subject),
  };
  return Object.fromEntries(
    Object.entries(annotations).map(([key, text]) => [key, text.slice(0, MAX_ANNOTATION_CHARS)]),
  );
}

/** The page of whom the finding is about; the address of Grafana is the template's. */
function dashboardOf({ instance = '', group }: Labels): string {
  const host = `var-instance=${encodeURIComponent(instance)}`;
  if (group === undefined) return `/d/guard-host?${host}`;
  return `/d/guard-group?${host}&var-group=${encodeURIComponent(group)}`;
}

/** Log lines stay out of alerts, which travel far: they may hold what is not for everybody. */
function hintsOf({ hints = [], correlated = [] }: Finding): string {
  const metrics = hints.filter(({ source }) => source === 'prometheus');
  return listOf([...metrics, ...correlated]);
}

function listOf(claims: readonly Evidence[]): string {
  return claims.map(({ text, promql }) => `- ${text} [${promql}]`).join('\n');
}

function sentences(parts: readonly string[]): string {
  return parts.length === 0 ? '' : `${parts.join('; ')}.`;
}

function toRfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
