// The collector against a real server: lock waits, deadlocks, rights, a stop and a return.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Sample } from '../../promformat/family.ts';
import { render } from '../../promformat/render.ts';
import {
  type Cluster,
  clusterMissing,
  createCluster,
  createReplica,
  until,
  writeSecret,
} from '../../sources/postgresql-cluster.contract.ts';
import type { PostgresqlTarget } from '../../sources/postgresql-target.ts';
import { assertLegal } from '../collector.contract.ts';
import type { Collector } from '../collector.ts';
import { createPostgresqlCollector } from './postgresql.ts';

const PASSWORD = 'p%ss w:rd/@';
const signal = new AbortController().signal;
const skip = clusterMissing() ?? false;

interface Watched {
  readonly collector: Collector;
  text(): Promise<string>;
  samples(name: string): Promise<readonly Sample[]>;
  /** Waits until the first sample has the value. */
  sees(name: string, isWanted: (sample: Sample) => boolean): Promise<Sample>;
}

suite('a real PostgreSQL server', { skip }, () => {
  let cluster: Cluster;
  const folder = mkdtempSync(join(tmpdir(), 'guard-postgresql-test-'));
  const watched: Collector[] = [];
  before(async () => {
    cluster = await createCluster();
    await cluster.start();
    const admin = await cluster.connect();
    await admin.query(`create role guard login password '${PASSWORD}'; grant pg_monitor to guard`);
    await admin.query(`create role plain login password '${PASSWORD}'`);
    await admin.query('create table account (id int primary key, balance int)');
    await admin.query('insert into account values (1, 10), (2, 20)');
    await admin.end();
  });
  after(async () => {
    for (const collector of watched) await collector.stop?.();
    await cluster?.remove();
    rmSync(folder, { recursive: true });
  });

  const target = (user: string, passwordFile = writeSecret(folder, `${PASSWORD}\n`)) => ({
    server: { host: '127.0.0.1', port: cluster.port, user, database: 'postgres', passwordFile },
  });
  const watch = (target: PostgresqlTarget): Watched => {
    const config = [{ name: 'main', interval: 0.1, timeout: 2, target }];
    const collector = createPostgresqlCollector(config);
    watched.push(collector);
    collector.start?.();
    const families = () => until(() => collector.collect(signal).catch(() => undefined));
    const samples = async (name: string) =>
      (await families()).find((family) => family.name === `guard_postgresql_${name}`)?.samples ??
      [];
    return {
      collector,
      text: async () => render(await families()).toString(),
      samples,
      sees: (name, isWanted) => until(async () => (await samples(name)).find(isWanted)),
    };
  };

  test('an idle server is read whole', async () => {
    const { collector, samples, sees } = watch(target('guard'));
    await sees('up', ({ value }) => value === 1);
    assert.deepEqual(await samples('unavailable'), []);
    assertLegal(await collector.collect(signal));
    assert.equal((await samples('connections_usable'))[0]?.value, 17);
    assert.equal((await samples('lock_waiting_sessions'))[0]?.value, 0);
    const hit = (await samples('blocks_hit_total'))[0];
    assert.equal(hit?.labels.database, 'postgres');
    assert.ok(hit !== undefined && hit.value > 0);
    assert.ok(((await samples('database_size_bytes'))[0]?.value ?? 0) > 1e6);
    await collector.stop?.();
  });

  test('who blocks whom, and since when', async () => {
    const { collector, samples, sees } = watch(target('guard'));
    const culprit = await cluster.connect('culprit');
    const victim = await cluster.connect('victim');
    await culprit.query('begin; update account set balance = 0 where id = 1');
    const pid = (await culprit.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]
      ?.pid;
    const waiting = victim.query('update account set balance = 1 where id = 1');
    await sees('lock_waiting_sessions', ({ value }) => value === 1);
    const blocking = await sees('blocking_seconds', ({ value }) => value > 0);
    assert.deepEqual(blocking.labels, {
      database_server: 'main',
      blocker_pid: String(pid),
      application: 'culprit',
    });
    assert.equal((await samples('blocking_sessions'))[0]?.value, 1);
    await sees('lock_longest_wait_seconds', ({ value }) => value > 0);
    await sees('oldest_idle_in_transaction_seconds', ({ value }) => value > 0);
    await culprit.query('commit');
    await waiting;
    await sees('lock_waiting_sessions', ({ value }) => value === 0);
    assert.deepEqual(await samples('blocking_seconds'), []);
    await Promise.all([culprit.end(), victim.end(), collector.stop?.()]);
  });

  test('a deadlock is counted', async () => {
    const { collector, sees } = watch(target('guard'));
    const sessions = [await cluster.connect(), await cluster.connect()] as const;
    for (const [index, session] of sessions.entries()) {
      await session.query(`begin; update account set balance = 5 where id = ${index + 1}`);
    }
    const results = await Promise.allSettled(
      sessions.map(async (session, index) => {
        try {
          await session.query(`update account set balance = 6 where id = ${2 - index}`);
        } finally {
          await session.query('rollback');
        }
      }),
    );
    assert.equal(results.filter(({ status }) => status === 'rejected').length, 1);
    // Idle sessions hand in their statistics late; this one, where the server knows it, makes them do it now.
    for (const session of sessions) {
      await session.query('select pg_stat_force_next_flush()').catch(() => {});
    }
    const deadlocks = await sees('deadlocks_total', ({ value }) => value > 0);
    assert.equal(deadlocks.value, 1);
    await Promise.all([...sessions.map((session) => session.end()), collector.stop?.()]);
  });

  test('a role without pg_monitor tells what it can, and what it cannot', async () => {
    const { collector, samples, sees } = watch(target('plain'));
    await sees('up', ({ value }) => value === 1);
    const unavailable = (await samples('unavailable')).map(({ labels }) => labels);
    assert.deepEqual(unavailable, [
      { database_server: 'main', what: 'sessions', reason: 'permission_denied' },
    ]);
    assert.deepEqual(await samples('connections'), []);
    assert.equal((await samples('lock_waiting_sessions')).length, 1);
    await collector.stop?.();
  });

  test('a wrong password, a wrong database, a missing file: down, with the reason and no secret', async () => {
    const good = target('guard');
    const reasonOf = async (given: PostgresqlTarget) => {
      const { collector, text, samples, sees } = watch(given);
      const { labels } = await sees('unavailable', ({ labels }) => labels.what === 'all');
      assert.equal((await samples('up'))[0]?.value, 0);
      assert.doesNotMatch(await text(), /p%ss|w:rd|nonsense/);
      await collector.stop?.();
      return labels.reason;
    };
    const wrong = target('guard', writeSecret(folder, 'nonsense'));
    assert.equal(await reasonOf(wrong), 'authentication_failed');
    const { passwordFile: _none, ...withoutPassword } = good.server;
    assert.equal(await reasonOf({ server: withoutPassword }), 'authentication_failed');
    assert.equal(await reasonOf(target('guard', '/nonexistent/file')), 'credentials_unreadable');
    assert.equal(
      await reasonOf({ server: { ...good.server, database: 'nonsense' } }),
      'no_such_database',
    );
    assert.equal(await reasonOf({ ...good, sslmode: 'require' }), 'tls_failed');
  });

  test('a URL in a file is enough, and a new password in it is used without a reload', async () => {
    const url = (password: string) =>
      `postgresql://guard:${encodeURIComponent(password)}@127.0.0.1:${cluster.port}/postgres\n`;
    const urlFile = writeSecret(folder, url('old'));
    const { collector, sees } = watch({ server: { urlFile } });
    await sees('up', ({ value }) => value === 0);
    writeFileSync(urlFile, url(PASSWORD));
    await sees('up', ({ value }) => value === 1);
    await collector.stop?.();
  });

  test('a stopped server is down, and up again by itself', async () => {
    const { collector, samples, sees } = watch(target('guard'));
    await sees('up', ({ value }) => value === 1);
    await cluster.stop();
    const { labels } = await sees('unavailable', ({ labels }) =>
      /refused/.test(labels.reason ?? ''),
    );
    assert.equal(labels.what, 'all');
    assert.equal((await samples('up'))[0]?.value, 0);
    assert.deepEqual(await samples('connections'), []);
    await cluster.start();
    await sees('up', ({ value }) => value === 1);
    await collector.stop?.();
  });

  test('a replica tells how far it is behind', async () => {
    const replica = await createReplica(cluster);
    try {
      const standby = { server: { ...target('guard').server, port: replica.port } };
      const { collector, samples, sees } = watch(standby);
      await sees('in_recovery', ({ value }) => value === 1);
      // Not before it streams: a replica that is paused first never begins to.
      await sees('replication_lag_bytes', ({ value }) => value === 0);
      assert.deepEqual(await samples('unavailable'), []);
      const [onReplica, onPrimary] = [await replica.connect(), await cluster.connect()];
      await onPrimary.query('create table first_replayed (id int)');
      await until(async () => {
        const sql = 'select 1 where pg_last_xact_replay_timestamp() is not null';
        return (await onReplica.query(sql)).rowCount === 1 ? true : undefined;
      });
      await onReplica.query('select pg_wal_replay_pause()');
      await onPrimary.query('create table bulk as select generate_series(1, 10000) as id');
      await sees('replication_lag_bytes', ({ value }) => value > 100_000);
      await sees('replication_lag_seconds', ({ value }) => value > 0);
      await onReplica.query('select pg_wal_replay_resume()');
      await sees('replication_lag_bytes', ({ value }) => value === 0);
      await Promise.all([onReplica.end(), onPrimary.end(), collector.stop?.()]);
    } finally {
      await replica.remove();
    }
  });
});

test('a server that accepts and never answers costs its own time-out, not the scrape', async () => {
  const held: import('node:net').Socket[] = [];
  const server = createServer((socket) => held.push(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const parts = { host: '127.0.0.1', port, user: 'guard', database: 'postgres' };
  const config = [{ name: 'mute', interval: 0.1, timeout: 0.3, target: { server: parts } }];
  const collector = createPostgresqlCollector(config);
  collector.start?.();
  await once(server, 'connection');
  await assert.rejects(collector.collect(signal), { reason: 'starting' });
  const families = await until(() => collector.collect(signal).catch(() => undefined));
  const unavailable = families.find(({ name }) => name === 'guard_postgresql_unavailable');
  assert.equal(unavailable?.samples[0]?.labels.reason, 'timed_out');
  await collector.stop?.();
  for (const socket of held) socket.destroy();
  server.close();
});
