// One kind of bottleneck: which features it needs, whom it judges and how, what it says and suggests.
import type { Entity, FeatureName } from '../features/feature.ts';
import type { SubjectFeatures } from '../features/table.ts';
import type { Evidence, Verdict } from '../series/finding.ts';
import type { Labels } from '../series/labels.ts';
import type { Advice } from './advice.ts';
import type { Thresholds } from './thresholds.ts';

export interface BottleneckRule {
  /** Public id: file name, `kind` label, runbook name. Two rules may judge two sorts of subjects for one kind. */
  readonly kind: string;
  readonly alertname: string;
  /** Whom it judges; a process group unless told otherwise. */
  readonly judges?: Entity | 'host';
  /** Without any one of these the rule says nothing and the absence is reported. */
  readonly needs: readonly FeatureName[];
  /** By what the groups that wait because of it are known. */
  readonly victims?: VictimSign;
  /** Undefined when there is nothing to say; pure, deterministic. */
  judge(subject: SubjectFeatures, context: JudgeContext): Judgement | undefined;
}

/** A feature of the other groups of the host: from `atLeast` on they suffer, and `say` tells how much. */
export interface VictimSign {
  readonly feature: FeatureName;
  readonly atLeast: number;
  say(value: number): string;
}

export interface JudgeContext {
  /** Unix seconds of the features. */
  readonly now: number;
  readonly thresholds: Thresholds;
}

/** A verdict before kind, subject, victims and changes are attached and the advice is chosen. */
export type Judgement = Omit<
  Verdict,
  'kind' | 'subject' | 'suggestions' | 'victims' | 'changes'
> & { readonly suggestions: readonly Advice[] };

/** From this score on a verdict is a finding. */
export const FINDING_SCORE = 0.5;
/** What a rule says when something looks like its kind but is explained otherwise: shown, never a finding. */
export const EXPLAINED_SCORE = 0.4;

/**
 * Degree of belief in "value is too high": 0 at 0, 0.5 at the threshold, 1 from `full` on, straight lines between.
 * A quotient of nothing by nothing (NaN) is 0. Rules combine degrees as fuzzy sets do: `Math.min` for and, `Math.max` for or (Zadeh 1965).
 */
export function degree(value: number, threshold: number, full: number): number {
  const rises =
    value < threshold ? value / threshold : 1 + (value - threshold) / (full - threshold);
  return Number.isNaN(rises) ? 0 : Math.min(1, Math.max(0, rises / 2));
}

/** A judgement that is no finding: its score is shown, nothing is explained. */
export function belowFinding(score: number): Judgement {
  return { score, confidence: 1, severity: 'info', evidence: [], suggestions: [] };
}

/** Kernel threads work on behalf of others: what they do is blamed on nobody by itself. */
export function isKernelGroup(group: SubjectFeatures): boolean {
  return groupName(group.subject).startsWith('kernel:');
}

/** The evidence of one feature: a sentence and the PromQL that shows it. */
export function evidence(text: string, subject: SubjectFeatures, feature: FeatureName): Evidence {
  return { text, promql: subject.promql(feature) };
}

/** One line for each feature that is known; `say` answers undefined where there is nothing worth saying. */
export function describe(
  subject: SubjectFeatures,
  lines: readonly (readonly [FeatureName, (value: number) => string | undefined])[],
): Evidence[] {
  return lines.flatMap(([feature, say]) => {
    const value = subject.value(feature);
    const text = value === undefined ? undefined : say(value);
    return text === undefined ? [] : [evidence(text, subject, feature)];
  });
}

/** Which of the needed features a subject lacks. */
export function missingFeatures(rule: BottleneckRule, subject: SubjectFeatures): FeatureName[] {
  return rule.needs.filter((name) => subject.value(name) === undefined);
}

/** The subject's own name for a sentence. */
export function groupName(subject: Labels): string {
  return subject.group ?? subject.target ?? subject.probe ?? subject.database_server ?? '(host)';
}
