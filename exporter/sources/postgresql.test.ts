// Against a real server: what goes wrong with statements, connections and certificates.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { createPostgresqlSource } from './postgresql.ts';
import {
  type Cluster,
  clusterMissing,
  createCertificate,
  createCluster,
  until,
  writeSecret,
} from './postgresql-cluster.contract.ts';
import type { PostgresqlTarget } from './postgresql-target.ts';

const PASSWORD = 'p%ss w:rd/@';

suite('a real PostgreSQL server', { skip: clusterMissing() ?? false }, () => {
  let cluster: Cluster;
  const folder = mkdtempSync(join(tmpdir(), 'guard-postgresql-test-'));
  before(async () => {
    cluster = await createCluster();
    await cluster.start();
    const admin = await cluster.connect();
    await admin.query(`create role guard login password '${PASSWORD}'; grant pg_monitor to guard`);
    await admin.end();
  });
  after(async () => {
    await cluster?.remove();
    rmSync(folder, { recursive: true });
  });

  const target = (user: string) => {
    const passwordFile = writeSecret(folder, `${PASSWORD}\n`);
    const parts = { host: '127.0.0.1', port: cluster.port, user, database: 'postgres' };
    return { server: { ...parts, passwordFile } };
  };

  test('a statement that takes too long is cancelled, one that writes is refused, the next one works', async () => {
    const source = createPostgresqlSource({ target: target('guard'), timeoutMs: 300 });
    assert.deepEqual(
      await source.ask({
        slow: 'select pg_sleep(60)',
        write: 'create table mine (id int)',
        quick: 'select 1 as one',
      }),
      {
        slow: { kind: 'failed', reason: 'timed_out' },
        write: { kind: 'failed', reason: 'failed' },
        quick: { kind: 'rows', rows: [{ one: 1 }] },
      },
    );
    await source.stop();
  });

  test('a connection that the server ends in the middle is named, and the next call has a new one', async () => {
    const source = createPostgresqlSource({ target: target('guard'), timeoutMs: 5000 });
    const admin = await cluster.connect();
    const asked = source.ask({ slow: 'select pg_sleep(3)', quick: 'select 1 as one' });
    const refused = assert.rejects(asked, { name: 'ConnectionError', reason: 'shutting_down' });
    await until(async () => {
      const { rowCount } = await admin.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(3)' and pid <> pg_backend_pid()",
      );
      return rowCount === 1 ? true : undefined;
    });
    await refused;
    const again = await source.ask({ quick: 'select 1 as one' });
    assert.deepEqual(again.quick, { kind: 'rows', rows: [{ one: 1 }] });
    await Promise.all([admin.end(), source.stop()]);
  });

  test('a server that freezes in the middle is given up after the time-out', async () => {
    const source = createPostgresqlSource({ target: target('guard'), timeoutMs: 200 });
    const { backend } = await source.ask({ backend: 'select pg_backend_pid() as pid' });
    assert.ok(backend.kind === 'rows');
    const { pid } = backend.rows[0] as { pid: number };
    process.kill(pid, 'SIGSTOP');
    try {
      const refused = { name: 'ConnectionError', reason: 'timed_out' };
      await assert.rejects(source.ask({ quick: 'select 1 as one' }), refused);
      const again = await source.ask({ quick: 'select 1 as one' });
      assert.deepEqual(again.quick, { kind: 'rows', rows: [{ one: 1 }] });
    } finally {
      process.kill(pid, 'SIGCONT');
      await source.stop();
    }
  });

  test('a stop ends a statement that is being waited for', async () => {
    const source = createPostgresqlSource({ target: target('guard'), timeoutMs: 60_000 });
    const asked = source.ask({ slow: 'select pg_sleep(61)' });
    const refused = assert.rejects(asked, { name: 'ConnectionError' });
    const admin = await cluster.connect();
    await until(async () => {
      const sql = "select 1 from pg_stat_activity where query = 'select pg_sleep(61)'";
      return (await admin.query(sql)).rowCount === 1 ? true : undefined;
    });
    await source.stop();
    await refused;
    await admin.end();
  });

  test('TLS: the certificate is checked, name and all', async () => {
    const { certificate, key } = createCertificate(cluster.folder);
    const admin = await cluster.connect();
    await admin.query(`alter system set ssl_cert_file = '${certificate}'`);
    await admin.query(`alter system set ssl_key_file = '${key}'`);
    await admin.query('alter system set ssl = on');
    await admin.query('select pg_reload_conf()');
    await admin.end();
    const outcome = async (security: Omit<PostgresqlTarget, 'server'>, host = '127.0.0.1') => {
      const server = { ...target('guard').server, host };
      const source = createPostgresqlSource({ target: { server, ...security }, timeoutMs: 2000 });
      const sql = 'select ssl from pg_stat_ssl where pid = pg_backend_pid()';
      const answer = await source.ask({ sql }).catch((error: { reason: string }) => error.reason);
      await source.stop();
      return typeof answer === 'string' ? answer : answer.sql;
    };
    const encrypted = { kind: 'rows', rows: [{ ssl: true }] };
    await until(async () =>
      (await outcome({ sslmode: 'require' })) === 'tls_failed' ? undefined : true,
    );
    assert.deepEqual(await outcome({ sslmode: 'require' }), encrypted);
    assert.deepEqual(await outcome({ sslmode: 'verify-full', caFile: certificate }), encrypted);
    assert.equal(await outcome({ sslmode: 'verify-full' }), 'tls_failed');
    const byName = 'localhost';
    assert.equal(
      await outcome({ sslmode: 'verify-full', caFile: certificate }, byName),
      'tls_failed',
    );
    assert.deepEqual(
      await outcome({ sslmode: 'verify-ca', caFile: certificate }, byName),
      encrypted,
    );
  });
});
