import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import {
  type Cluster,
  clusterMissing,
  createCertificate,
  createCluster,
  until,
  writeSecret,
} from '../../exporter/sources/postgresql-cluster.contract.ts';
import { StoreUnavailableError } from './database.ts';
import { ACTION, ALERT, testStore } from './store.contract.ts';
import { createPostgresqlStore, type Store } from './store.ts';

const PASSWORD = 'p%ss w:rd/@?#';
const skip = clusterMissing() ?? false;
const unavailable = (reason: string) => (error: unknown) => {
  assert.ok(error instanceof StoreUnavailableError, String(error));
  assert.equal(error.reason, reason);
  assert.ok(!error.message.includes(PASSWORD));
  return true;
};

suite('PostgreSQL', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-store-'));
  let cluster: Cluster;
  let database = '';
  let count = 0;
  const open: Store[] = [];
  before(async () => {
    // The server is another user.
    chmodSync(folder, 0o755);
    const { certificate, key } = createCertificate(folder);
    cluster = await createCluster({ ssl: 'on', ssl_cert_file: certificate, ssl_key_file: key });
    await cluster.start();
    const admin = await cluster.connect();
    await admin.query(`create role guard login createdb password '${PASSWORD}'`);
    await admin.end();
  });
  afterEach(async () => {
    for (const store of open.splice(0)) await store.close();
  });
  after(async () => {
    await cluster?.remove();
    rmSync(folder, { recursive: true });
  });

  const connect = (query = 'sslmode=disable', password = PASSWORD, port = cluster.port) => {
    const store = createPostgresqlStore({
      url: `postgresql://guard@127.0.0.1:${port}/${database}?${query}`,
      passwordFile: writeSecret(folder, `${password}\n`),
      timeoutMs: 5_000,
    });
    open.push(store);
    return store;
  };
  const admin = async (sql: string) => {
    const client = await cluster.connect();
    await client.query(sql).finally(() => client.end());
  };
  const inDatabase = async (sql: string) => {
    const { default: pg } = await import('pg');
    const client = new pg.Client({
      host: cluster.folder,
      port: cluster.port,
      user: 'postgres',
      database,
    });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  const fresh = async () => {
    database = `store${count++}`;
    await admin(`create database ${database} owner guard`);
    return connect();
  };
  testStore({ fresh, again: async () => connect() });

  test('several that begin at once make the tables once', async () => {
    await fresh();
    const stores = Array.from({ length: 4 }, () => connect());
    await Promise.all(
      stores.map(({ actions }, index) => actions.add({ ...ACTION, id: `${index}` })),
    );
    assert.equal((await stores[0]!.actions.list({ limit: 9 })).length, 4);
  });

  test('changes of the audit log are refused, and seen when they were made behind its back', async () => {
    const { audit } = await fresh();
    for (const time of [1, 2, 3])
      await audit.append({ time, event: 'e', subject: 's', detail: { time } });
    for (const sql of ["update audit set event = 'x'", 'delete from audit', 'truncate audit'])
      await assert.rejects(inDatabase(sql), /append-only/);
    await inDatabase(
      `alter table audit disable trigger user; update audit set event = 'x' where seq = 2`,
    );
    assert.match((await audit.verify()).problem ?? '', /entry 2 was changed/);
    await inDatabase('delete from audit where seq = 2');
    assert.match((await audit.verify()).problem ?? '', /entry 2 is missing/);
  });

  test('a store of a newer version is not touched', async () => {
    const store = await fresh();
    await store.actions.add(ACTION);
    await inDatabase('insert into guard_store values (99)');
    await assert.rejects(connect().actions.get('a1'), unavailable('newer_version'));
  });

  test('TLS, passwords and databases that are not there', async () => {
    const { actions } = await fresh();
    await actions.add(ACTION);
    const certificate = join(folder, 'server.crt');
    const trusted = connect(`sslmode=verify-full&sslrootcert=${certificate}`);
    assert.equal((await trusted.actions.get('a1'))?.id, 'a1');
    await assert.rejects(
      connect('sslmode=verify-full').actions.get('a1'),
      unavailable('tls_failed'),
    );
    const wrong = connect('sslmode=disable', 'wrong');
    await assert.rejects(wrong.actions.get('a1'), unavailable('authentication_failed'));
    assert.equal(wrong.problem()?.reason, 'authentication_failed');
    database = 'nowhere';
    await assert.rejects(connect().actions.get('a1'), unavailable('no_such_database'));
    const lost = createPostgresqlStore({
      url: 'postgresql://guard@127.0.0.1/x',
      passwordFile: join(folder, 'none'),
      timeoutMs: 1_000,
    });
    await assert.rejects(lost.actions.get('a1'), unavailable('credentials_unreadable'));
  });

  test('a server that goes and comes again: nothing acknowledged is lost, nothing refused is stored', async () => {
    const store = await fresh();
    const acknowledged: string[] = [];
    let next = 0;
    let isOver = false;
    const sender = async () => {
      while (!isOver) {
        const fingerprint = `f${next++}`;
        await store.alerts
          .store([{ ...ALERT, fingerprint }], 1)
          .then(() => acknowledged.push(fingerprint))
          .catch((error) => assert.ok(error instanceof StoreUnavailableError, String(error)));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    };
    const sending = Promise.all([sender(), sender(), sender()]);
    const wait = (wanted: number) => until(async () => acknowledged.length >= wanted || undefined);
    for (let round = 0; round < 3; round += 1) {
      await wait(acknowledged.length + 20);
      await cluster.stop();
      await until(async () => store.problem());
      await cluster.start();
    }
    await wait(acknowledged.length + 20);
    isOver = true;
    await sending;
    const stored = new Set((await store.alerts.waiting(100_000)).map((one) => one.fingerprint));
    assert.deepEqual(
      acknowledged.filter((name) => !stored.has(name)),
      [],
    );
    assert.equal(store.problem(), undefined);
  });

  test('a connection that is cut in the middle of a transaction leaves nothing of it', async () => {
    const store = await fresh();
    await store.actions.countByState();
    await assert.rejects(
      store.transaction(async (tx) => {
        await tx.actions.add(ACTION);
        await admin(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${database}'`,
        );
        await tx.actions.add({ ...ACTION, id: 'a2' });
      }),
      StoreUnavailableError,
    );
    assert.deepEqual(await store.actions.list({ limit: 9 }), []);
  });

  test('another writer that stays too long leaves connections that can be used', async () => {
    const store = await fresh();
    await store.actions.countByState();
    const impatient = createPostgresqlStore({
      url: `postgresql://guard@127.0.0.1:${cluster.port}/${database}?sslmode=disable`,
      passwordFile: writeSecret(folder, PASSWORD),
      timeoutMs: 500,
    });
    open.push(impatient);
    await impatient.actions.countByState();
    await store.transaction(async (tx) => {
      await tx.actions.add(ACTION);
      await assert.rejects(impatient.actions.add({ ...ACTION, id: 'a2' }), StoreUnavailableError);
      assert.equal(await impatient.actions.get('a2'), undefined);
    });
    await impatient.actions.add({ ...ACTION, id: 'a3' });
    assert.equal((await store.actions.list({ limit: 9 })).length, 2);
  });

  test('a server that never says anything is waited for no longer than the time-out', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const store = createPostgresqlStore({
      url: `postgresql://guard@127.0.0.1:${port}/x`,
      timeoutMs: 200,
    });
    await assert.rejects(store.actions.get('a1'), unavailable('timed_out'));
    await store.close();
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
});
