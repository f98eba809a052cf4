// Runs every rule over every group of every host, and says which rules could not judge for lack of what.
import type { HostFeatures } from '../features/table.ts';
import type { Unavailable, Verdict } from '../series/finding.ts';
import { type BottleneckRule, type JudgeContext, missingFeatures } from './rule.ts';

export interface Diagnosis {
  readonly verdicts: readonly Verdict[];
  readonly unavailable: readonly Unavailable[];
}

/** Deterministic: the same features give the same verdicts in the same order. */
export function diagnose(
  hosts: readonly HostFeatures[],
  rules: readonly BottleneckRule[],
  context: JudgeContext,
): Diagnosis {
  const verdicts: Verdict[] = [];
  const lacking = new Map<string, Unavailable & { groups: number }>();
  for (const group of hosts.flatMap((host) => host.groups)) {
    for (const rule of rules) {
      const missing = missingFeatures(rule, group);
      if (missing.length > 0) {
        for (const name of missing) countLack(lacking, rule.kind, name);
        continue;
      }
      const judgement = rule.judge(group, context);
      if (judgement !== undefined)
        verdicts.push({ kind: rule.kind, subject: group.subject, ...judgement });
    }
  }
  return { verdicts, unavailable: [...lacking.values()].map(describeLack) };
}

function countLack(
  lacking: Map<string, Unavailable & { groups: number }>,
  kind: string,
  name: string,
): void {
  const key = `${kind} ${name}`;
  const groups = (lacking.get(key)?.groups ?? 0) + 1;
  lacking.set(key, {
    what: 'bottleneck',
    signal: kind,
    reason: `missing_${name}`,
    detail: '',
    groups,
  });
}

function describeLack({ groups, ...rest }: Unavailable & { groups: number }): Unavailable {
  return { ...rest, detail: `${groups} groups cannot be judged without this feature` };
}
