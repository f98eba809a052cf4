import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Suggestion } from '../series/finding.ts';
import { playbookSchema } from './playbook.ts';
import { gatherEvidence, rankSuggestions, recordOf } from './rank-suggestions.ts';

const KIND = 'memory_leak';
const suggest = (id: string, confidence?: number): Suggestion => ({
  ...{ id, text: id, reason: '' },
  ...(confidence === undefined ? {} : { confidence }),
});
const finding = (...suggestions: readonly Suggestion[]) => ({ kind: KIND, suggestions });
const words = (suggestion: string, verdict: string, count: number) => ({
  ...{ kind: KIND, suggestion, verdict, count },
});
const order = ({ suggestions }: { suggestions: readonly Suggestion[] }) =>
  suggestions.map(({ id }) => id).join(' ');

test('where nothing is known of its kind the finding is the very same', () => {
  const one = finding(suggest('a', 0.4), suggest('b', 0.9));
  assert.equal(rankSuggestions(one, gatherEvidence([], [], [])), one);
  const other = gatherEvidence([{ ...words('b', 'helpful', 9), kind: 'io_bound' }], [], []);
  assert.equal(rankSuggestions(one, other), one);
});

test('what did not help sinks, what helped rises, each with its counts', () => {
  const one = finding(suggest('a', 0.8), suggest('b', 0.6), suggest('c', 0.5));
  const evidence = gatherEvidence(
    [words('a', 'not_helpful', 3), words('a', 'reject', 1), words('c', 'helpful', 4)],
    [],
    [],
  );
  const ranked = rankSuggestions(one, evidence);
  assert.equal(order(ranked), 'c b a');
  const [best, , last] = ranked.suggestions;
  // (4 · 0.5 + 4) / (4 + 4), (4 · 0.8 + 0) / (4 + 4)
  assert.equal(best?.record?.mean, 0.75);
  assert.deepEqual([last?.record?.notHelpful, last?.record?.rejected], [3, 1]);
  assert.ok(Math.abs(Number(last?.record?.mean) - 0.4) < 1e-12);
  assert.equal(ranked.suggestions[1]?.record, undefined, 'of b nobody has said anything');
});

test('one word does not turn a clear order round', () => {
  const one = finding(suggest('a', 0.9), suggest('b', 0.5));
  const evidence = gatherEvidence([words('b', 'accept', 1)], [], []);
  assert.equal(order(rankSuggestions(one, evidence)), 'a b');
});

test("an order that the rule has other reasons for is kept: a runtime's own advice stays before general advice", () => {
  const one = finding(suggest('node_heap', 0.6), suggest('general', 0.7));
  const evidence = gatherEvidence(
    [words('general', 'helpful', 1), words('general', 'reject', 1)],
    [],
    [],
  );
  assert.equal(order(rankSuggestions(one, evidence)), 'node_heap general');
});

test('verdicts of a playbook count for the suggestion that it says it carries out', () => {
  const playbook = (name: string, suggestion?: string) => ({
    playbook: playbookSchema.parse({
      ...{ name, title: 'T', match: { kinds: [KIND] }, steps: ['S'] },
      ...(suggestion === undefined ? {} : { suggestion }),
    }),
  });
  const outcome = (name: string, verdict: string) => ({
    playbook: name,
    kind: KIND,
    verdict,
    count: 2,
  });
  const evidence = gatherEvidence(
    [],
    [
      outcome('heal', 'improved'),
      outcome('heal', 'unknown'),
      outcome('harm', 'worse'),
      outcome('gone', 'worse'),
    ],
    [playbook('heal', 'restart'), playbook('harm')],
  );
  assert.deepEqual([...evidence.keys()], [`${KIND} restart`]);
  assert.equal(evidence.get(`${KIND} restart`)?.improved, 2);
  assert.throws(() => playbook('odd', 'not an id'), /id of a suggestion/);
});

test('the posterior stays within 0 and 1, and more that is good never makes it less sure', () => {
  const count = fc.nat({ max: 10_000 });
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      count,
      count,
      (confidence, good, bad) => {
        const base = {
          accepted: 0,
          rejected: bad,
          notHelpful: 0,
          improved: 0,
          noEffect: 0,
          worse: 0,
        };
        const { mean } = recordOf(confidence, { ...base, helpful: good });
        const more = recordOf(confidence, { ...base, helpful: good + 1 }).mean;
        assert.ok(mean >= 0 && mean <= 1 && more >= mean);
      },
    ),
  );
});
