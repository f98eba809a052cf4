import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { ConfigError, parseConfig } from '../../../service/config.ts';
import { type Answer, ConnectionError } from '../../sources/postgresql.ts';
import { testCollectorContract } from '../collector.contract.ts';
import { postgresqlConfigSchema } from './config.ts';
import { ANSWERS, answering, rows, silent } from './fake.contract.ts';
import { type CreatePostgresqlSource, createPostgresqlCollector } from './postgresql.ts';
import type { StatementName } from './statements.ts';

const signal = new AbortController().signal;
const schema = z.strictObject({ postgresql: postgresqlConfigSchema });
const configOf = (yaml: string) => parseConfig(schema, yaml, 'test.yml').postgresql;
const ONE = configOf('postgresql: [{name: main, host: 127.0.0.1, user: guard}]');

testCollectorContract({
  name: 'postgresql',
  create: () => createPostgresqlCollector(ONE, answering()),
  createOnEmptyHost: () => createPostgresqlCollector(ONE, silent),
});

async function samplesAfter(createSource: CreatePostgresqlSource, config = ONE) {
  const collector = createPostgresqlCollector(config, createSource);
  collector.start?.();
  await new Promise((resolve) => setImmediate(resolve));
  const families = await collector.collect(signal);
  await collector.stop?.();
  return (name: string) =>
    families
      .find((family) => family.name === `guard_postgresql_${name}`)
      ?.samples.map(({ labels, value }) => [...Object.values(labels), value]);
}

const withAnswer = (change: Partial<Record<StatementName, Answer>>) =>
  samplesAfter(answering({ ...ANSWERS, ...change }));

test('what the server tells becomes numbers', async () => {
  const of = await samplesAfter(answering());
  assert.deepEqual(of('up'), [['main', 1]]);
  assert.deepEqual(of('unavailable'), []);
  assert.deepEqual(of('connections'), [
    ['main', 'active', 2],
    ['main', 'idle', 6],
    ['main', 'idle_in_transaction', 1],
    ['main', 'idle_in_transaction_aborted', 0],
    ['main', 'fastpath_function_call', 0],
    ['main', 'other', 0],
  ]);
  assert.deepEqual(of('connections_used_ratio'), [['main', 10 / 97]]);
  assert.deepEqual(of('oldest_transaction_seconds'), [['main', 40]]);
  assert.deepEqual(of('oldest_idle_in_transaction_seconds'), [['main', 30]]);
  assert.deepEqual(of('lock_waiting_sessions'), [['main', 1]]);
  assert.deepEqual(of('lock_longest_wait_seconds'), [['main', 12.25]]);
  assert.deepEqual(of('blocking_sessions'), [['main', 1]]);
  assert.deepEqual(of('blocking_seconds'), [['main', '4711', 'batch', 12.25]]);
  assert.deepEqual(of('deadlocks_total'), [['main', 'shop', 3]]);
  assert.deepEqual(of('temporary_bytes_total'), [['main', 'shop', 8192]]);
  assert.deepEqual(of('database_size_bytes'), [['main', 'shop', 7_500_000]]);
  assert.deepEqual(of('in_recovery'), [['main', 0]]);
  assert.deepEqual(of('replication_lag_bytes'), []);
});

test('where nobody waits the answer is 0, which is the truth', async () => {
  const of = await withAnswer({
    sessions: rows(),
    locks: rows({ waiting: 0, longest_wait: null }),
    blockers: rows(),
  });
  assert.deepEqual(of('lock_longest_wait_seconds'), [['main', 0]]);
  assert.deepEqual(of('blocking_sessions'), [['main', 0]]);
  assert.deepEqual(of('blocking_seconds'), []);
  assert.deepEqual(of('oldest_transaction_seconds'), [['main', 0]]);
});

test('a part that cannot be read is missing, with its reason, and costs no other part', async () => {
  const of = await withAnswer({
    locks: { kind: 'failed', reason: 'not_supported' },
    sizes: { kind: 'failed', reason: 'timed_out' },
    databases: rows({ database: 'shop', deadlocks: '3' }),
  });
  assert.deepEqual(of('unavailable'), [
    ['main', 'locks', 'not_supported', 1],
    ['main', 'databases', 'unexpected_answer', 1],
    ['main', 'sizes', 'timed_out', 1],
  ]);
  assert.deepEqual(of('lock_waiting_sessions'), []);
  assert.deepEqual(of('deadlocks_total'), []);
  assert.deepEqual(of('connections_used_ratio'), [['main', 10 / 97]]);
});

test('a role that sees its own session only tells no number of sessions', async () => {
  const [server] = (ANSWERS.server as Extract<Answer, { kind: 'rows' }>).rows;
  const of = await withAnswer({ server: rows({ ...(server as object), all_sessions: false }) });
  assert.deepEqual(of('unavailable'), [['main', 'sessions', 'permission_denied', 1]]);
  assert.deepEqual(of('connections'), []);
  assert.deepEqual(of('connections_used_ratio'), []);
  assert.deepEqual(of('lock_waiting_sessions'), [['main', 1]]);
});

test('more databases than are shown are counted', async () => {
  const [database] = (ANSWERS.databases as Extract<Answer, { kind: 'rows' }>).rows;
  const of = await withAnswer({ databases: rows({ ...(database as object), databases: 53 }) });
  assert.deepEqual(of('databases_dropped'), [['main', 52]]);
});

test('a server that cannot be reached is down, and the others are not', async () => {
  const config = configOf(
    'postgresql: [{name: a, host: 127.0.0.1, user: guard}, {name: b, host: "::1", user: guard}]',
  );
  const refuse: CreatePostgresqlSource = () => ({
    ask: () => Promise.reject(new ConnectionError('connection_refused')),
    async stop() {},
  });
  const of = await samplesAfter((options) => {
    const { server } = options.target;
    return ('host' in server && server.host === '::1' ? refuse : answering())(options);
  }, config);
  assert.deepEqual(of('up'), [
    ['a', 1],
    ['b', 0],
  ]);
  assert.deepEqual(of('unavailable'), [['b', 'all', 'connection_refused', 1]]);
  assert.deepEqual(of('lock_waiting_sessions'), [['a', 1]]);
});

test('the configuration knows a URL in a file, or parts', () => {
  assert.deepEqual(configOf(''), []);
  const [byUrl, byParts] = configOf(`postgresql:
    - {name: a, url_file: /etc/guard/pg-url, interval: 30s}
    - {name: b, host: db.example, user: guard, password_file: /p, sslmode: verify-ca, ca_file: /ca}`);
  assert.deepEqual(byUrl?.target.server, { urlFile: '/etc/guard/pg-url' });
  assert.deepEqual([byUrl?.interval, byUrl?.timeout], [30, 5]);
  assert.deepEqual(byParts?.target, {
    server: {
      host: 'db.example',
      port: 5432,
      user: 'guard',
      database: 'postgres',
      passwordFile: '/p',
    },
    sslmode: 'verify-ca',
    caFile: '/ca',
  });
});

test('mistakes in the configuration are refused with their place', () => {
  const check = (yaml: string, want: RegExp) =>
    assert.throws(
      () => configOf(`postgresql: ${yaml}`),
      (error) => error instanceof ConfigError && want.test(error.message),
      yaml,
    );
  check('[{host: h, user: u}]', /postgresql\[0\]\.name/);
  check('[{name: a}]', /expected url_file, or host and user/);
  check('[{name: a, host: h}]', /expected url_file, or host and user/);
  check('[{name: a, url_file: f, host: h, port: 1}]', /url_file and host, port exclude each other/);
  check('[{name: a, host: h, user: u, password: secret}]', /password: unknown key/);
  check('[{name: a, host: h, user: u, sslmode: prefer}]', /expected disable, require/);
  check('[{name: a, host: h, user: u, port: 70000}]', /port/);
  check('[{name: a, host: h, user: u, interval: 0s}]', /out of range/);
  check('[{name: a, url_file: f}, {name: a, url_file: g}]', /two servers have the same name/);
});
