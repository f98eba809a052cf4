// What is known of suggestions, kept at hand: findings are put in order far more often than somebody says something.
import type { Finding } from '../series/finding.ts';
import type { Store } from '../store/store.ts';
import type { LoadedPlaybook } from './playbook.ts';
import { gatherEvidence, rankSuggestions, type SuggestionEvidence } from './rank-suggestions.ts';

/** Other analyzers on the same store hear words too. */
const READ_EVERY_SECONDS = 10;

export interface SuggestionRanking {
  rank<T extends Pick<Finding, 'kind' | 'suggestions'>>(finding: T): T;
  evidence(): SuggestionEvidence;
  /** Reads the store when it is time, or now. @throws {StoreUnavailableError} and what was known stays */
  read(now?: 'now'): Promise<void>;
}

/** @param clock Unix seconds */
export function createSuggestionRanking(
  { actions, suggestions }: Pick<Store, 'actions' | 'suggestions'>,
  playbooks: readonly LoadedPlaybook[],
  clock: () => number,
): SuggestionRanking {
  let evidence: SuggestionEvidence = new Map();
  let readAt = Number.NEGATIVE_INFINITY;
  return {
    rank: (finding) => rankSuggestions(finding, evidence),
    evidence: () => evidence,
    async read(now) {
      const time = clock();
      if (now === undefined && time - readAt < READ_EVERY_SECONDS) return;
      readAt = time;
      evidence = gatherEvidence(await suggestions.counts(), await actions.outcomes(), playbooks);
    },
  };
}
