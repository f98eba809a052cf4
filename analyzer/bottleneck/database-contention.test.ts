import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseContention } from './database-contention.ts';
import { GUILTY } from './guilty.contract.ts';
import { type FeatureValues, judgeWith, ruleContract, subjectWith } from './rule.contract.ts';

const LOCKED = GUILTY.database_contention;
const judge = (values: FeatureValues) =>
  judgeWith(databaseContention, subjectWith(databaseContention, values))!;

ruleContract(databaseContention, subjectWith(databaseContention, LOCKED));

test('the session in the way is named', () => {
  const { score, evidence, suggestions } = judge(LOCKED);
  assert.equal(score, 1);
  const text = evidence.map((one) => one.text).join('\n');
  assert.match(text, /5 sessions of orders wait for a lock/);
  assert.match(text, /session 77 of report has been in their way for 12 s/);
  assert.match(text, /open and idle for 90 s|open and idle for 1.5 min/);
  assert.equal(suggestions[0]!.id, 'end_blocker');
});

test('connections that run out have advice of their own', () => {
  const calm = { database_lock_waiting_sessions: 0, database_lock_longest_wait_seconds: 0 };
  const { score, suggestions } = judge({
    ...LOCKED,
    ...calm,
    database_connections_used_ratio: 0.98,
  });
  assert.ok(score > 0.8);
  assert.equal(suggestions[0]!.id, 'pool_connections');
});

test('deadlocks again and again are found', () => {
  const calm = { database_lock_waiting_sessions: 0, database_lock_longest_wait_seconds: 0 };
  assert.ok(judge({ ...LOCKED, ...calm, database_deadlocks_per_second: 0.5 }).score > 0.5);
});

test('look-alikes are silent', () => {
  const silent: Record<string, FeatureValues> = {
    'short waits, as every busy table has': {
      ...LOCKED,
      database_lock_longest_wait_seconds: 0.05,
    },
    'an open transaction that is in nobody’s way': {
      ...LOCKED,
      database_lock_waiting_sessions: 0,
      database_lock_longest_wait_seconds: 0,
      database_idle_in_transaction_seconds: 4_000,
    },
    'a pool that is half used': {
      ...LOCKED,
      database_lock_waiting_sessions: 0,
      database_lock_longest_wait_seconds: 0,
      database_connections_used_ratio: 0.5,
    },
  };
  for (const [name, values] of Object.entries(silent)) assert.ok(judge(values).score < 0.5, name);
});
