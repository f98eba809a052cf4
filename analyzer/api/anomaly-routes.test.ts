import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { FeedbackRequest } from '../pipeline/watch-memory.ts';
import { type AnomalyReport, type AnomalyScore, NO_ANOMALIES } from '../series/anomaly.ts';
import { createAnomalyRoutes } from './anomaly-routes.ts';
import { serveRoutes } from './serve-routes.contract.ts';

const NOW = 1_700_000_000;
const PATH = '/api/v1/anomalies/feedback';

async function serverOf(t: TestContext, report: AnomalyReport = NO_ANOMALIES) {
  const taken: FeedbackRequest[] = [];
  const routes = createAnomalyRoutes({
    report: () => report,
    async label(request) {
      taken.push(request);
      return request.signal === 'known' ? { matched: 1, factor: 1.25 } : undefined;
    },
    clock: () => NOW,
  });
  const url = await serveRoutes(t, routes);
  const post = (body: string, type = 'application/json') =>
    fetch(url + PATH, { method: 'POST', body, headers: { 'Content-Type': type } });
  return { url, post, taken };
}

test('what is unusual is answered, without a number where there is none', async (t) => {
  const score: AnomalyScore = {
    ...{ signal: 's', detector: 'fused', labels: { instance: 'a' }, score: Number.NaN, actual: 1 },
    ...{ expected: 2, lower: 1, upper: 3, isOpen: false, since: Number.NaN, conditions: [] },
  };
  const { url } = await serverOf(t, { ...NO_ANOMALIES, scores: [score] });
  const answer = await (await fetch(`${url}/api/v1/anomalies`)).json();
  assert.deepEqual(answer, {
    anomalies: [],
    conditions: [],
    warmUp: null,
    scores: [{ ...score, score: null, since: null }],
    feedback: [],
    unavailable: [],
  });
});

test('a label is taken, at now unless it says when', async (t) => {
  const { post, taken } = await serverOf(t);
  const body = { signal: 'known', labels: { instance: 'a' }, verdict: 'noise' };
  const response = await post(JSON.stringify(body));
  assert.equal(response.status, 200);
  assert.deepEqual(await response.json(), { matched: 1, factor: 1.25 });
  assert.deepEqual(taken, [{ ...body, at: NOW, began: undefined }]);
});

const CASES: readonly (readonly [string, string, number])[] = [
  ['an unknown series', '{"signal":"other","verdict":"real"}', 404],
  ['another verdict', '{"signal":"known","verdict":"maybe"}', 400],
  ['an unknown key', '{"signal":"known","verdict":"real","x":1}', 400],
  ['the future', `{"signal":"known","verdict":"real","at":${NOW + 60}}`, 400],
  ['the distant past', '{"signal":"known","verdict":"real","at":1}', 400],
  [
    'a beginning after it',
    `{"signal":"known","verdict":"real","at":${NOW - 60},"began":${NOW}}`,
    400,
  ],
  ['no JSON', '{', 400],
  ['a large body', JSON.stringify({ signal: 'x'.repeat(20_000), verdict: 'real' }), 413],
];
for (const [what, body, status] of CASES)
  test(`refused: ${what}`, async (t) => {
    const { post } = await serverOf(t);
    assert.equal((await post(body)).status, status);
  });

test('a type that a foreign web page could send is refused', async (t) => {
  const { post, taken } = await serverOf(t);
  const response = await post('{"signal":"known","verdict":"noise"}', 'text/plain');
  assert.equal(response.status, 415);
  assert.deepEqual(taken, []);
});
