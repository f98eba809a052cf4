import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createSuggestionRanking } from '../remediation/suggestion-ranking.ts';
import { findingsAnswer, suggestionAnswer } from './answers.ts';
import { everyRoute, FINDING, NOW } from './every-route.contract.ts';
import { findingId } from './finding-id.ts';
import { createRouteList } from './route-list.ts';
import { serveRoutes } from './serve-routes.contract.ts';

const ID = findingId(FINDING);
const OTHER = { id: 'add_cpus', text: 'Add CPUs', reason: 'None is free', confidence: 0.5 };

async function serve(t: TestContext) {
  const { options, gate } = everyRoute(t, ['operator', 'admin']);
  const { store } = options.actions;
  const ranking = createSuggestionRanking(store, [], () => NOW);
  const finding = { ...FINDING, suggestions: [...FINDING.suggestions, OTHER] };
  let findings: readonly (typeof finding)[] = [finding];
  const snapshot = () => ({
    ...options.forecasts.snapshot(),
    findings: findings.map((one) => ranking.rank(one)),
  });
  const routes = createRouteList({
    ...options,
    forecasts: { ...options.forecasts, snapshot },
    suggestions: { store, snapshot, ranking: () => ranking, clock: () => NOW },
  });
  const url = await serveRoutes(t, routes, { gate });
  const say = async (suggestion: string, body: object, { id = ID, as = 'operator' } = {}) => {
    const response = await fetch(`${url}/api/v1/findings/${id}/suggestions/${suggestion}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer token-${as}` },
      body: JSON.stringify(body),
    });
    return { status: response.status, body: await response.json() };
  };
  const ask = async () =>
    findingsAnswer.parse(await (await fetch(`${url}/api/v1/findings`)).json()).findings;
  const end = () => {
    findings = [];
  };
  return { say, ask, end, store };
}

test('what people say is kept with their names, and moves the suggestion up', async (t) => {
  const { say, ask, store } = await serve(t);
  assert.equal((await ask())[0]?.id, ID);
  assert.equal((await ask())[0]?.suggestions[0]?.id, 'profile_hot_path');
  const first = await say('add_cpus', { verdict: 'accept', reason: 'bought', by: 'ann' });
  assert.equal(first.status, 200);
  assert.equal(suggestionAnswer.parse(first.body).record.accepted, 1);
  await say('add_cpus', { verdict: 'helpful', by: 'ann' });
  const { body } = await say('add_cpus', { verdict: 'helpful', by: 'bob' });
  const { record } = suggestionAnswer.parse(body);
  assert.deepEqual([record.accepted, record.helpful], [0, 2], 'the last word of each counts');
  const [finding] = await ask();
  assert.equal(finding?.suggestions[0]?.id, 'add_cpus');
  assert.deepEqual(finding?.suggestions[0]?.record, record);
  const [newest] = await store.audit.list(1);
  assert.equal(newest?.event, 'suggestion_helpful');
  assert.deepEqual(newest?.detail.by, 'operator (bob)');
});

test('what came of it is told also when the finding is over, of a suggestion that was spoken of', async (t) => {
  const { say, end } = await serve(t);
  await say('add_cpus', { verdict: 'accept' });
  end();
  const { status, body } = await say('add_cpus', { verdict: 'not_helpful' }, { as: 'admin' });
  assert.equal(status, 200);
  const { record } = suggestionAnswer.parse(body);
  assert.deepEqual([record.accepted, record.notHelpful], [1, 1]);
  assert.equal((await say('profile_hot_path', { verdict: 'accept' })).status, 404);
});

test('unknown findings, suggestions and verdicts are refused', async (t) => {
  const { say, store } = await serve(t);
  for (const [suggestion, body, id, expected] of [
    ['add_cpus', { verdict: 'accept' }, 'finding-none', 404],
    ['nothing_like_it', { verdict: 'accept' }, ID, 404],
    ['No-Id', { verdict: 'accept' }, ID, 400],
    ['add_cpus', { verdict: 'maybe' }, ID, 400],
    ['add_cpus', {}, ID, 400],
    ['add_cpus', { verdict: 'accept', reason: 'x'.repeat(1_001) }, ID, 400],
  ] as const)
    assert.equal((await say(suggestion, body, { id })).status, expected, JSON.stringify(body));
  assert.deepEqual(await store.suggestions.counts(), []);
  assert.deepEqual(await store.audit.list(1), []);
});
