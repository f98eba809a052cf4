import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { ActionRecord } from './action-record.ts';
import type { IncomingAlert } from './alert-inbox.ts';
import { DATABASE_FILE } from './database.ts';
import { createStore } from './store.ts';

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'guard-store-'));
  context.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

const ALERT: IncomingAlert = {
  fingerprint: 'f',
  startsAt: '2026-01-01T00:00:00Z',
  status: 'firing',
  source: 'alertmanager',
  truncated: false,
  labels: { instance: 'web1:1' },
  promql: 'up == 0',
};

const ACTION = {
  id: 'a1',
  alertId: 1,
  state: 'approved',
  playbook: 'restart',
  kind: 'memory_leak',
  host: 'web1',
  labels: {},
  attempt: 1,
  created: 1,
  updated: 1,
} as ActionRecord;

test('an alert is stored once per fingerprint and start, its resolve is news', () => {
  const { alerts } = createStore(undefined);
  alerts.store([ALERT, ALERT], 1);
  const [first, ...others] = alerts.waiting(10);
  assert.deepEqual([first?.promql, others.length], ['up == 0', 0]);
  alerts.handled(first!);
  alerts.store([ALERT], 2);
  assert.deepEqual(alerts.waiting(10), [], 'a repeat is no news');
  alerts.store([{ ...ALERT, status: 'resolved' }], 3);
  alerts.store([ALERT], 4);
  assert.deepEqual(
    alerts.waiting(10).map(({ status }) => status),
    ['resolved'],
    'a late repeat does not revive it',
  );
  alerts.handled(first!);
  assert.equal(alerts.waiting(10).length, 1, 'handling the firing one leaves the resolve');
  alerts.store([{ ...ALERT, startsAt: '2026-01-02T00:00:00Z' }], 5);
  assert.equal(alerts.waiting(10).length, 2, 'another start is another alert');
});

test('a run begins once, and only from the state that was seen', () => {
  const { actions, audit } = createStore(undefined);
  actions.add(ACTION);
  const begin = { from: 'approved', to: 'running', now: 2, reason: 'begins' } as const;
  assert.equal(actions.begin('a1', begin)?.state, 'running');
  assert.equal(actions.begin('a1', begin), undefined);
  const back = { from: 'running', to: 'approved', now: 3, reason: 'tampered' } as const;
  actions.move('a1', back);
  const entries = audit.verify().entries;
  assert.throws(
    () => actions.begin('a1', begin),
    /UNIQUE/,
    'the same attempt cannot be recorded twice',
  );
  assert.equal(actions.get('a1')?.state, 'approved', 'and nothing of it remains');
  assert.equal(audit.verify().entries, entries);
  assert.equal(actions.runsSince(0, { playbook: 'restart', host: 'web1' }), 1);
  assert.equal(actions.runsSince(0, { playbook: 'restart', host: 'web2' }), 0);
  assert.equal(actions.lastRunOn('web1'), 2);
  assert.equal(actions.lastRunOn('web2'), undefined);
});

test('the kill switch survives a restart in the stopped state', (context) => {
  const folder = folderFor(context);
  const before = createStore(folder);
  before.killSwitch.pause({ by: 'alice', reason: 'storm', since: 5 });
  before.close();
  const after = createStore(folder);
  assert.equal(after.killSwitch.paused()?.by, 'alice');
  after.killSwitch.resume({ by: 'bob', reason: 'over', since: 6 });
  assert.equal(after.killSwitch.paused(), undefined);
  assert.deepEqual(
    after.audit.list(10).map(({ event }) => event),
    ['resumed', 'paused'],
  );
  after.close();
});

test('the audit log refuses changes, and shows those that were made behind its back', (context) => {
  const folder = folderFor(context);
  const store = createStore(folder);
  for (const time of [1, 2, 3])
    store.audit.append({ time, event: 'e', subject: 's', detail: { time } });
  assert.deepEqual([store.audit.verify().entries, store.audit.verify().problem], [3, undefined]);
  const raw = new DatabaseSync(join(folder, DATABASE_FILE));
  const tamper = (sql: string) => raw.exec(sql);
  assert.throws(() => tamper("UPDATE audit SET event = 'x' WHERE seq = 2"), /append-only/);
  assert.throws(() => tamper('DELETE FROM audit'), /append-only/);
  tamper('DROP TRIGGER audit_is_not_changed; DROP TRIGGER audit_is_not_deleted');
  tamper(`UPDATE audit SET detail = '{"time":9}' WHERE seq = 2`);
  assert.match(store.audit.verify().problem ?? '', /entry 2 was changed/);
  tamper('DELETE FROM audit WHERE seq = 2');
  assert.match(store.audit.verify().problem ?? '', /entry 2 is missing/);
  raw.close();
  store.close();
});

test('a store of a newer version is not touched', (context) => {
  const folder = folderFor(context);
  createStore(folder).close();
  const raw = new DatabaseSync(join(folder, DATABASE_FILE));
  raw.exec('PRAGMA user_version = 99');
  raw.close();
  assert.throws(() => createStore(folder), /version 99/);
});

test('a folder that is a file is told as such', (context) => {
  const folder = folderFor(context);
  createStore(folder).close();
  assert.throws(() => createStore(join(folder, DATABASE_FILE)), /Cannot open the store/);
});
