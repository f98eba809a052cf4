// The life of a finding: pending → firing → resolved, with hysteresis, so that one noisy reading neither raises nor ends it.
import type { Finding, Severity, Verdict } from '../series/finding.ts';
import { labelsKey } from '../series/labels.ts';
import { FINDING_SCORE } from './rule.ts';

/** A finding begins at FINDING_SCORE and is over only below this one. */
const OVER_SCORE = 0.4;
/** Resolved findings are remembered this long, so that every Alertmanager hears of it (its own advice: 5 minutes). */
export const REMEMBER_RESOLVED_SECONDS = 300;
const MAX_FINDINGS = 2_000;
/**
 * What cannot be read is not over: a finding of which nothing can be said stays as it is for this long. Then its host is taken to be
 * gone for good; alerts about the host itself tell of that.
 */
export const UNREAD_SECONDS = 300;

export interface TrackOptions {
  readonly now: number;
  /** Seconds for which the score must hold before the finding fires. */
  readonly hold: number;
  /** Seconds for which the score must be low before the finding is resolved. */
  readonly clear: number;
  /** Whether nothing could be read about its subject this time, as against a subject that is fine or has ended. */
  readonly isUnread?: (finding: Pick<Verdict, 'kind' | 'subject'>) => boolean;
}

/** A finding with what the tracker needs to remember between cycles. */
export interface TrackedFinding extends Finding {
  /** Unix seconds at which the score was last high enough. */
  readonly lastSeen: number;
}

/**
 * The findings after one more cycle, best first: live ones by severity and score, resolved ones last.
 * A subject without a verdict this time counts as score 0, unless it could not be read.
 */
export function trackFindings(
  previous: readonly TrackedFinding[],
  verdicts: readonly Verdict[],
  options: TrackOptions,
): TrackedFinding[] {
  const current = new Map(verdicts.map((verdict) => [findingKey(verdict), verdict]));
  const next: TrackedFinding[] = [];
  for (const finding of previous) {
    const key = findingKey(finding);
    const verdict = current.get(key);
    current.delete(key);
    const kept =
      finding.state === 'resolved'
        ? reopen(finding, verdict, options)
        : carryOn(finding, verdict, options);
    if (kept !== undefined) next.push(kept);
  }
  for (const verdict of current.values()) {
    if (verdict.score >= FINDING_SCORE) next.push(begin(verdict, options));
  }
  return next.sort(compareFindings).slice(0, MAX_FINDINGS);
}

/** Equal for the same kind and subject. */
export function findingKey({ kind, subject }: Pick<Verdict, 'kind' | 'subject'>): string {
  return `${kind}${labelsKey(subject)}`;
}

function begin(verdict: Verdict, { now, hold }: TrackOptions): TrackedFinding {
  const state = hold === 0 ? 'firing' : 'pending';
  return { ...verdict, state, since: now, changed: now, lastSeen: now };
}

function carryOn(
  finding: TrackedFinding,
  verdict: Verdict | undefined,
  { now, hold, clear, isUnread }: TrackOptions,
): TrackedFinding | undefined {
  if (verdict === undefined && isUnread?.(finding) && now - finding.lastSeen < UNREAD_SECONDS)
    return finding;
  const score = verdict?.score ?? 0;
  const high = score >= (finding.state === 'firing' ? OVER_SCORE : FINDING_SCORE);
  const lastSeen = high ? now : finding.lastSeen;
  // While the score is low the last convincing evidence stays: a finding that fades must not lose its reasons.
  const base =
    score >= FINDING_SCORE && verdict !== undefined
      ? { ...finding, ...verdict, severity: worse(finding.severity, verdict.severity) }
      : { ...finding, score };
  if (finding.state === 'pending') {
    if (!high) return undefined;
    const fires = now - finding.since >= hold;
    return fires ? { ...base, state: 'firing', changed: now, lastSeen } : { ...base, lastSeen };
  }
  return now - lastSeen >= clear && !high
    ? { ...base, state: 'resolved', changed: now, lastSeen }
    : { ...base, lastSeen };
}

/** Severity is a label of the alert: while a finding lives it only rises, so that the alert does not flap. */
function worse(a: Severity, b: Severity): Severity {
  return SEVERITY_ORDER[a] <= SEVERITY_ORDER[b] ? a : b;
}

function reopen(
  finding: TrackedFinding,
  verdict: Verdict | undefined,
  options: TrackOptions,
): TrackedFinding | undefined {
  if (verdict !== undefined && verdict.score >= FINDING_SCORE) return begin(verdict, options);
  return options.now - finding.changed < REMEMBER_RESOLVED_SECONDS ? finding : undefined;
}

const STATE_ORDER = { firing: 0, pending: 1, resolved: 2 };
const SEVERITY_ORDER = { critical: 0, warning: 1, info: 2 };

function compareFindings(a: TrackedFinding, b: TrackedFinding): number {
  return (
    STATE_ORDER[a.state] - STATE_ORDER[b.state] ||
    SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] ||
    b.score - a.score ||
    a.since - b.since
  );
}
