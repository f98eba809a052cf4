// One kind of bottleneck: which features it needs, how it judges a process group, what it says and suggests.
import type { FeatureName } from '../features/feature.ts';
import type { GroupFeatures } from '../features/table.ts';
import type { Evidence, Verdict } from '../series/finding.ts';
import type { Labels } from '../series/labels.ts';
import type { Thresholds } from './thresholds.ts';

export interface BottleneckRule {
  /** Public id: file name, `kind` label, runbook name. */
  readonly kind: string;
  readonly alertname: string;
  /** Without any one of these the rule says nothing and the absence is reported. */
  readonly needs: readonly FeatureName[];
  /** Undefined when there is nothing to say; pure, deterministic. */
  judge(group: GroupFeatures, context: JudgeContext): Judgement | undefined;
}

export interface JudgeContext {
  /** Unix seconds of the features. */
  readonly now: number;
  readonly thresholds: Thresholds;
}

/** A verdict before its kind and subject are attached. */
export type Judgement = Omit<Verdict, 'kind' | 'subject'>;

/**
 * Degree of belief in "value is too high": 0 at 0, 0.5 at the threshold, 1 from `full` on, straight lines between.
 * Rules combine degrees as fuzzy sets do: `Math.min` for and, `Math.max` for or (Zadeh 1965).
 */
export function degree(value: number, threshold: number, full: number): number {
  const rises =
    value < threshold ? value / threshold : 1 + (value - threshold) / (full - threshold);
  return Math.min(1, Math.max(0, rises / 2));
}

/** Kernel threads work on behalf of others: what they do is blamed on nobody by itself. */
export function isKernelGroup(group: GroupFeatures): boolean {
  return groupName(group.subject).startsWith('kernel:');
}

/** The evidence of one feature: a sentence and the PromQL that shows it. */
export function evidence(text: string, group: GroupFeatures, feature: FeatureName): Evidence {
  return { text, promql: group.promql(feature) };
}

/** Which of the needed features a group lacks. */
export function missingFeatures(rule: BottleneckRule, group: GroupFeatures): FeatureName[] {
  return rule.needs.filter((name) => featureValue(group, name) === undefined);
}

/** A feature of the group, or of its host when the name begins with `host_`. */
export function featureValue(group: GroupFeatures, name: FeatureName): number | undefined {
  return name.startsWith('host_') ? group.host.value(name) : group.value(name);
}

/** The group's name for a sentence. */
export function groupName(subject: Labels): string {
  return subject.group ?? '(host)';
}
