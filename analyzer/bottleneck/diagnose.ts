// Runs every rule over every subject of every host, and says which rules could not judge for lack of what.
import type { HostFeatures, SubjectFeatures } from '../features/table.ts';
import type { Unavailable, Verdict } from '../series/finding.ts';
import { createAdviser } from './advice.ts';
import { findChanges, findVictims } from './context.ts';
import {
  type BottleneckRule,
  FINDING_SCORE,
  type JudgeContext,
  type Judgement,
  missingFeatures,
} from './rule.ts';

export interface Diagnosis {
  readonly verdicts: readonly Verdict[];
  readonly unavailable: readonly Unavailable[];
}

type Lack = Unavailable & { hosts: number };

/** Deterministic: the same features give the same verdicts in the same order. */
export function diagnose(
  hosts: readonly HostFeatures[],
  rules: readonly BottleneckRule[],
  context: JudgeContext,
): Diagnosis {
  const verdicts: Verdict[] = [];
  const lacking = new Map<string, Lack>();
  const advise = createAdviser(context.thresholds.prices);
  for (const host of hosts) {
    for (const rule of rules) {
      const subjects = host.subjects(rule.judges ?? 'group');
      for (const reason of lackOf(rule, subjects)) countLack(lacking, rule.kind, reason);
      for (const subject of subjects) {
        if (missingFeatures(rule, subject).length > 0) continue;
        const judgement = rule.judge(subject, context);
        if (judgement !== undefined)
          verdicts.push(complete({ rule, subject, judgement }, context.now, advise));
      }
    }
  }
  return { verdicts, unavailable: [...lacking.values()].map(describeLack) };
}

interface Judged {
  readonly rule: BottleneckRule;
  readonly subject: SubjectFeatures;
  readonly judgement: Judgement;
}

/** Advice, victims and changes are worked out for findings alone: the rest is thousands of verdicts a cycle. */
function complete(
  { rule, subject, judgement }: Judged,
  now: number,
  advise: ReturnType<typeof createAdviser>,
): Verdict {
  const verdict = { ...judgement, kind: rule.kind, subject: subject.subject };
  if (judgement.score < FINDING_SCORE) return verdict;
  return {
    ...verdict,
    suggestions: advise(judgement.suggestions, subject),
    victims: findVictims(rule.victims, subject),
    changes: findChanges(subject, now),
  };
}

/** A feature that not one subject of a host has is not measured there; some without it just have nothing of the kind. */
function lackOf(rule: BottleneckRule, subjects: readonly SubjectFeatures[]): string[] {
  const { judges = 'group' } = rule;
  if (subjects.length === 0) return judges === 'group' ? [] : [`no_${judges}`];
  return rule.needs
    .filter((name) => subjects.every((subject) => subject.value(name) === undefined))
    .map((name) => `missing_${name}`);
}

function countLack(lacking: Map<string, Lack>, kind: string, reason: string): void {
  const key = `${kind} ${reason}`;
  const hosts = (lacking.get(key)?.hosts ?? 0) + 1;
  lacking.set(key, { what: 'bottleneck', signal: kind, reason, detail: '', hosts });
}

function describeLack({ hosts, ...rest }: Lack): Unavailable {
  return { ...rest, detail: `on ${hosts} hosts nothing can be judged without this` };
}
