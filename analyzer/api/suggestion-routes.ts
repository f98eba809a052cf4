// What people say of suggestions: whether they take them, and whether they helped. It moves them up or down.
import { z } from 'zod';
import type { Snapshot } from '../pipeline/state.ts';
import { evidenceKey, recordOf, type SuggestionCounts } from '../remediation/rank-suggestions.ts';
import type { SuggestionRanking } from '../remediation/suggestion-ranking.ts';
import type { Store } from '../store/store.ts';
import { SUGGESTION_VERDICTS } from '../store/suggestion-log.ts';
import { suggestionAnswer } from './answers.ts';
import { nameOf } from './caller.ts';
import { findingId } from './finding-id.ts';
import { notFound } from './problem.ts';
import { type ApiRoute, defineRoute } from './route.ts';

export interface SuggestionRouteOptions {
  readonly store: Pick<Store, 'suggestions'>;
  readonly snapshot: () => Snapshot;
  readonly ranking: () => SuggestionRanking;
  /** Unix seconds. */
  readonly clock: () => number;
}

const params = z.strictObject({
  id: z.string().min(1).max(100),
  suggestion: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/, 'expected the id of a suggestion'),
});
const body = z.strictObject({
  verdict: z.enum(SUGGESTION_VERDICTS),
  reason: z.string().trim().max(1_000).default(''),
  /** A person's name beside that of the token. */
  by: z.string().trim().min(1).max(100).optional(),
});

export function createSuggestionRoutes(options: SuggestionRouteOptions): ApiRoute[] {
  const { store, ranking, clock } = options;
  return [
    defineRoute({
      ...{ method: 'post', path: '/api/v1/findings/:id/suggestions/:suggestion' },
      ...{ access: 'operator', changes: true },
      summary: 'Whether a suggestion is taken, or whether it helped',
      params,
      body,
      answer: suggestionAnswer,
      async handle({ params: { id, suggestion }, body: { verdict, reason, by }, caller }) {
        const { kind, since, confidence } = await find(options, id, suggestion);
        const said = { by: nameOf(caller, by), verdict, reason, time: clock() };
        await store.suggestions.say({ finding: id, since, kind, suggestion, ...said });
        await ranking().read('now');
        const counts = ranking().evidence().get(evidenceKey(kind, suggestion));
        return { suggestion, record: recordOf(confidence, counts ?? NOTHING) };
      },
    }),
  ];
}

const NOTHING: SuggestionCounts = {
  ...{ accepted: 0, rejected: 0, helpful: 0, notHelpful: 0 },
  ...{ improved: 0, noEffect: 0, worse: 0 },
};

/** A finding that is over is no more in the snapshot; who said something of it then may still tell what came of it. */
async function find({ store, snapshot }: SuggestionRouteOptions, id: string, suggestion: string) {
  const open = snapshot().findings.find((finding) => findingId(finding) === id);
  const own = open?.suggestions.find((one) => one.id === suggestion);
  if (open !== undefined && own !== undefined)
    return { kind: open.kind, since: open.since, confidence: own.confidence };
  const before = await store.suggestions.lastFor(id, suggestion);
  if (before !== undefined) return { ...before, confidence: undefined };
  const what = open === undefined ? `No finding ${id} is known` : `It has no ${suggestion}`;
  throw notFound(`${what}: GET /api/v1/findings lists them with their suggestions`);
}
