// Suggestions in the order of what helped: the rule's confidence is the prior, words of people and proved actions move it.
// Source: Gelman et al., "Bayesian Data Analysis", 3rd ed., 2.4 (Beta prior as so many earlier observations).
import type { Finding, Suggestion, SuggestionRecord } from '../series/finding.ts';
import type { OutcomeCount } from '../store/action-log.ts';
import type { SuggestionCount } from '../store/suggestion-log.ts';
import type { LoadedPlaybook } from './playbook.ts';

/** What a rule's confidence weighs, in verdicts: it takes about as many to turn the order round. */
const PRIOR_VERDICTS = 4;
const UNKNOWN_CONFIDENCE = 0.5;

export type SuggestionCounts = Omit<SuggestionRecord, 'mean'>;
/** By kind and suggestion, see `evidenceKey`. */
export type SuggestionEvidence = ReadonlyMap<string, SuggestionCounts>;

const NOTHING: SuggestionCounts = {
  ...{ accepted: 0, rejected: 0, helpful: 0, notHelpful: 0 },
  ...{ improved: 0, noEffect: 0, worse: 0 },
};
const FIELDS: Readonly<Record<string, keyof SuggestionCounts>> = {
  ...{ accept: 'accepted', reject: 'rejected', helpful: 'helpful', not_helpful: 'notHelpful' },
  ...{ improved: 'improved', no_effect: 'noEffect', worse: 'worse' },
};

export function evidenceKey(kind: string, suggestion: string): string {
  return `${kind} ${suggestion}`;
}

/** Words of people, and verdicts of the playbooks that say which suggestion they carry out. */
export function gatherEvidence(
  words: readonly SuggestionCount[],
  outcomes: readonly OutcomeCount[],
  playbooks: readonly Pick<LoadedPlaybook, 'playbook'>[],
): SuggestionEvidence {
  const carried = new Map(playbooks.map(({ playbook }) => [playbook.name, playbook.suggestion]));
  const proved = outcomes.flatMap(({ playbook, ...rest }) => {
    const suggestion = carried.get(playbook);
    return suggestion === undefined ? [] : [{ ...rest, suggestion }];
  });
  const evidence = new Map<string, SuggestionCounts>();
  for (const { kind, suggestion, verdict, count } of [...words, ...proved]) {
    const field = FIELDS[verdict];
    if (field === undefined) continue;
    const key = evidenceKey(kind, suggestion);
    const before = evidence.get(key) ?? NOTHING;
    evidence.set(key, { ...before, [field]: before[field] + count });
  }
  return evidence;
}

/** Posterior of "it helps". @param confidence of the rule, 0–1 */
export function recordOf(confidence: number | undefined, counts: SuggestionCounts) {
  const { accepted, rejected, helpful, notHelpful, improved, noEffect, worse } = counts;
  const good = accepted + helpful + improved;
  const bad = rejected + notHelpful + noEffect + worse;
  const prior = PRIOR_VERDICTS * (confidence ?? UNKNOWN_CONFIDENCE);
  return { ...counts, mean: (prior + good) / (PRIOR_VERDICTS + good + bad) };
}

/** The same finding where nothing is known; else its suggestions with their record, surest first, equal ones as they were. */
export function rankSuggestions<T extends Pick<Finding, 'kind' | 'suggestions'>>(
  finding: T,
  evidence: SuggestionEvidence,
): T {
  const { kind, suggestions } = finding;
  const known = suggestions.map(({ id }) => evidence.get(evidenceKey(kind, id)));
  if (known.every((counts) => counts === undefined)) return finding;
  const weights = weightsOf(suggestions);
  const ranked = suggestions
    .map((suggestion, index) => {
      const { confidence = UNKNOWN_CONFIDENCE } = suggestion;
      const counts = known[index];
      const weight = weights[index] ?? confidence;
      if (counts === undefined) return { suggestion, weight };
      const record = recordOf(confidence, counts);
      return { suggestion: { ...suggestion, record }, weight: weight + record.mean - confidence };
    })
    .sort((a, b) => b.weight - a.weight)
    .map(({ suggestion }) => suggestion);
  return { ...finding, suggestions: ranked };
}

/** The rule may have had more reasons for its order than confidence: each weighs at least what follows it. */
function weightsOf(suggestions: readonly Suggestion[]): number[] {
  let least = 0;
  const weights = suggestions.toReversed().map(({ confidence = UNKNOWN_CONFIDENCE }) => {
    least = Math.max(least, confidence);
    return least;
  });
  return weights.reverse();
}
