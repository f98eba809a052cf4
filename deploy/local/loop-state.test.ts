import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, beforeEach, test } from 'node:test';
import { getText, MAX_BODY_BYTES } from './http.ts';
import { readLoopState } from './loop-state.ts';

const answers = new Map<string, { status: number; body: string }>();
const server = createServer((request, response) => {
  const path = request.url?.split('?')[0] ?? '';
  const answer = answers.get(path);
  if (answer === undefined) return;
  response.writeHead(answer.status).end(answer.body);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
after(() => {
  server.close();
  server.closeAllConnections();
});

const good = {
  '/api/v1/status': {
    state: 'ok',
    reason: null,
    lastCycle: 1_700_000_000,
    cycles: 3,
    groups: 20,
    forecasts: 7,
  },
  '/api/v1/findings': {
    findings: [
      {
        kind: 'io_bound',
        subject: { group: 'g', instance: 'i', job: 'j' },
        score: 0.7,
        confidence: 0.5,
        severity: 'warning',
        state: 'firing',
        since: 1,
        changed: 2,
        evidence: [{ text: 'e', promql: 'up' }],
        suggestions: [{ id: 'a', text: 's', reason: 'r' }],
      },
    ],
  },
  '/api/v1/runway': {
    runway: [
      {
        signal: 'host_cpu',
        labels: { instance: 'i' },
        value: 0.2,
        limit: 0.8,
        unit: 'ratio',
        secondsP10: null,
        secondsP50: null,
        secondsP90: null,
      },
    ],
  },
  '/api/v2/alerts': [
    {
      labels: { alertname: 'A' },
      annotations: {},
      startsAt: '2026-01-01T00:00:00Z',
      status: { state: 'active', silencedBy: [] },
    },
  ],
};
const answer = (path: string, body: unknown, status = 200) =>
  answers.set(path, { status, body: typeof body === 'string' ? body : JSON.stringify(body) });
beforeEach(() => {
  answers.clear();
  for (const [path, body] of Object.entries(good)) answer(path, body);
});

test('all four answers become one state', async () => {
  const state = await readLoopState({ analyzer: url, alertmanager: url });
  assert.deepEqual(state.troubles, []);
  assert.equal(state.status?.groups, 20);
  assert.equal(state.findings?.[0]?.subject.group, 'g');
  assert.equal(state.runway?.[0]?.secondsP50, null);
  assert.equal(state.alerts?.[0]?.labels.alertname, 'A');
});

test('a source that fails costs itself alone and is named with the reason', async () => {
  answer('/api/v1/findings', { findings: [{ kind: 7 }] });
  answer('/api/v1/runway', 'Internal error', 500);
  answer('/api/v2/alerts', '<html>');
  const state = await readLoopState({ analyzer: url, alertmanager: url });
  assert.equal(state.status?.state, 'ok');
  assert.equal(state.findings, undefined);
  assert.equal(state.alerts, undefined);
  const [alertmanager, findings, runway] = state.troubles;
  assert.match(alertmanager ?? '', /^Alertmanager: .*JSON/);
  assert.match(findings ?? '', /^analyzer findings: answer not understood: findings\.0\.kind/);
  assert.match(runway ?? '', /^analyzer runway: GET .*\/runway: 500 Internal error$/);
});

test('nobody there, and nobody asked', async () => {
  const state = await readLoopState({ analyzer: 'http://127.0.0.1:1' });
  assert.equal(state.troubles.length, 3);
  assert.equal(state.alerts, undefined);
  assert.equal(state.alertsGoNowhere, true);
});

test('an answer that is too large or does not come is an error, not a wait', async () => {
  answer('/large', 'x'.repeat(MAX_BODY_BYTES + 1));
  await assert.rejects(getText(`${url}/large`), /answer larger than/);
  await assert.rejects(getText(`${url}/silent`, { timeoutMs: 50 }), /no answer in time/);
  await assert.rejects(getText('http://127.0.0.1:1/'), /ECONNREFUSED|bad port/);
});
