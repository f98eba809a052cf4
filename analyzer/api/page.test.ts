import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { auditAnswer } from './action-answers.ts';
import { everyRoute, NOW } from './every-route.contract.ts';
import { decodeCursor, encodeCursor, pageOf } from './page.ts';
import { ProblemError } from './problem.ts';
import { serveRoutes } from './serve-routes.contract.ts';
import { createSessions, MAX_SESSIONS } from './sessions.ts';

const own = (entry: string) => entry;
const LIST = ['a', 'b', 'c', 'd', 'e'];

test('pages are the list, cut', () => {
  const seen: string[] = [];
  let cursor: string | undefined;
  do {
    const page = pageOf(LIST, { limit: 2, cursor }, own);
    seen.push(...page.entries);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  assert.deepEqual(seen, LIST);
  assert.equal(pageOf(LIST, { limit: 5 }, own).next, null, 'nothing follows the last entry');
  assert.deepEqual(pageOf([], { limit: 5 }, own), { entries: [], next: null });
});

test('a page goes on behind what was seen last, wherever it is now', () => {
  const { next } = pageOf(LIST, { limit: 2 }, own);
  assert.ok(next);
  const after = (list: readonly string[]) => pageOf(list, { limit: 9, cursor: next }, own).entries;
  assert.deepEqual(after(['new', ...LIST]), ['c', 'd', 'e']);
  assert.deepEqual(after(['a', 'c', 'd', 'e']), ['d', 'e'], 'gone: by place');
  assert.deepEqual(after([]), []);
});

test('a cursor of ours comes back as it was, another one is a problem', () => {
  const schema = z.strictObject({ seq: z.int() });
  assert.deepEqual(decodeCursor(schema, encodeCursor({ seq: 7 })), { seq: 7 });
  for (const cursor of ['', '!', 'e30', encodeCursor({ seq: 'x' }), encodeCursor(null)])
    assert.throws(() => decodeCursor(schema, cursor), ProblemError);
});

test('the audit log is read to its beginning, page by page, while it grows', async (t) => {
  const { routes, options, ...guards } = everyRoute(t);
  const { audit } = options.actions.store;
  const append = (subject: string) =>
    audit.append({ time: NOW, event: 'tested', subject, detail: {} });
  for (let index = 0; index < 25; index += 1) await append(`s${index}`);
  const url = await serveRoutes(t, routes, guards);
  const seen: string[] = [];
  let next: string | null = '';
  while (next !== null) {
    const query: string = next === '' ? '' : `&cursor=${next}`;
    const response = await fetch(`${url}/api/v1/audit?limit=10${query}`);
    const page = auditAnswer.parse(await response.json());
    seen.push(...page.entries.map(({ subject }) => subject));
    next = page.next;
    await append('late');
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 25 }, (_, index) => `s${24 - index}`),
  );
});

test('actions of the same moment are each listed once', async (t) => {
  const { routes, options } = everyRoute(t);
  const ids = ['c', 'a', 'd', 'b', 'e'];
  for (const id of ids)
    await options.actions.store.actions.add({
      ...{ id, alertId: 1, state: 'suggested', reason: 'r', playbook: 'p', playbookDigest: 'x' },
      ...{ kind: 'k', host: 'h', labels: {}, mode: 'suggest', steps: [], attempt: 0 },
      ...{ created: id === 'e' ? NOW + 1 : NOW, updated: NOW, expires: undefined, due: undefined },
      ...{ command: undefined, rollback: undefined, promql: undefined, peersPromql: undefined },
      ...{ dryRun: undefined, decidedBy: undefined, decisionReason: undefined, before: undefined },
      ...{ after: undefined, ended: undefined, output: undefined, verdict: undefined },
    });
  const url = await serveRoutes(t, routes);
  const seen: string[] = [];
  let next: string | null = '';
  while (next !== null) {
    const query: string = next === '' ? '' : `&cursor=${next}`;
    const page = (await (await fetch(`${url}/api/v1/actions?limit=2${query}`)).json()) as {
      actions: { id: string }[];
      next: string | null;
    };
    seen.push(...page.actions.map(({ id }) => id));
    next = page.next;
  }
  assert.deepEqual(seen, ['e', 'a', 'b', 'c', 'd']);
});

test('sessions are bounded: who was away longest goes first', () => {
  let now = 0;
  const sessions = createSessions(() => now);
  const user = { name: 'a', role: 'viewer', source: 's' } as const;
  const first = sessions.open(user, 100);
  const second = sessions.open(user, 100);
  for (let index = 2; index < MAX_SESSIONS; index += 1) sessions.open(user, 100);
  assert.ok(sessions.find(first, 50), 'used: no longer the oldest');
  sessions.open(user, 100);
  assert.equal(sessions.find(second, 50), undefined);
  assert.ok(sessions.find(first, 50));
  now = 51;
  assert.equal(sessions.find(first, 50), undefined, 'idle');
  for (const id of [undefined, '', 'x', 'x'.repeat(1_000)])
    assert.equal(sessions.find(id, 50), undefined);
});
