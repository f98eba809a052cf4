// The inventory of hosts with a known past: a real Prometheus, a real PostgreSQL, and the queries of docs/sql.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type pg from 'pg';
import {
  type Cluster,
  clusterMissing,
  createCluster,
} from '../../exporter/sources/postgresql-cluster.contract.ts';
import { type PastPrometheus, startPastPrometheus } from '../cli/past-prometheus.contract.ts';
import { createPrometheusClient } from '../prometheus/client.ts';
import type { Querier } from '../prometheus/querier.ts';
import { StoreUnavailableError } from '../store/database.ts';
import { openPostgresql } from '../store/postgresql.ts';
import { createInventory } from './inventory.ts';
import { createInventoryRecords } from './inventory-records.ts';
import { INVENTORY_SOURCES } from './list.ts';
import {
  LOAD,
  type PastHost,
  pastLines,
  RECEIVED_BYTES_PER_SECOND,
} from './past-hosts.contract.ts';
import { presenceOf, withWindows } from './read-usage.ts';
import { INVENTORY_TABLES } from './tables.ts';

const SQL = join(import.meta.dirname, '../../docs/sql');
const GIB = 2 ** 30;
const MINUTES = 40;
/** A full minute of the past, near enough for queries that look back a day; partitions begin and end at midnight. */
const END = Math.floor(Date.now() / 60_000) * 60 - 3_600;
const START = END - MINUTES * 60;
const OUTAGE = { from: START + 15 * 60, to: START + 20 * 60 };
const NEW_KERNEL_AT = END - 5 * 60;
const HOSTS: readonly PastHost[] = [
  { instance: 'a:10910', exporter: 'guard', scrapeSeconds: 15, used: 0.25, memoryBytes: 4 * GIB },
  {
    instance: 'b:10910',
    exporter: 'guard',
    scrapeSeconds: 15,
    used: 0.75,
    memoryBytes: 8 * GIB,
    kernel: (time) => (time < NEW_KERNEL_AT ? '6.1' : '6.12'),
    up: (time) => time <= OUTAGE.from || time > OUTAGE.to,
  },
  { instance: 'c:9100', exporter: 'node', scrapeSeconds: 60, used: 0.5, memoryBytes: 4 * GIB },
];

test('every query of every source is PromQL that Prometheus accepts', () => {
  const queries = INVENTORY_SOURCES.flatMap(({ presence, usage, texts, numbers }) => [
    presenceOf(presence),
    ...Object.values(usage).map(withWindows),
    ...texts.map(({ expr }) => expr),
    ...Object.values(numbers),
  ]);
  const rules = queries.map((expr, index) => ({ record: `check:${index}`, expr }));
  const folder = mkdtempSync(join(tmpdir(), 'guard-inventory-'));
  try {
    const file = join(folder, 'rules.yml');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'inventory', rules }] }));
    const output = execFileSync('promtool', ['check', 'rules', '--lint=none', file]).toString();
    assert.match(output, new RegExp(`SUCCESS: ${rules.length} rules`));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

suite('in PostgreSQL', { skip: clusterMissing() ?? false }, () => {
  let cluster: Cluster;
  let prometheus: PastPrometheus;
  let admin: pg.Client;
  let querier: Querier;
  const opened: { close(): Promise<void> }[] = [];

  before(async () => {
    const past = [...pastLines(HOSTS, { from: START, to: END })].join('\n');
    prometheus = await startPastPrometheus(`${past}\n`);
    querier = createPrometheusClient({ url: prometheus.url, timeoutMs: 30_000 });
    cluster = await createCluster();
    await cluster.start();
    admin = await cluster.connect();
    await admin.query(`create role guard login password 'secret'`);
    await admin.query('grant create on schema public to guard');
  });
  after(async () => {
    for (const one of opened) await one.close();
    await admin?.end();
    await cluster?.remove();
    await prometheus?.stop();
  });

  const open = (more: object = {}) => {
    const password = join(cluster.folder, 'password');
    writeFileSync(password, 'secret');
    const database = openPostgresql(
      {
        url: `postgresql://guard@127.0.0.1:${cluster.port}/postgres?sslmode=disable`,
        passwordFile: password,
        timeoutMs: 10_000,
      },
      INVENTORY_TABLES,
    );
    opened.push(database);
    return createInventory({
      sources: INVENTORY_SOURCES,
      querier,
      records: createInventoryRecords(database),
      span: 'day',
      retention: 90 * 86_400,
      catchUp: 2 * 3_600,
      delay: 30,
      ...more,
    });
  };
  const rowsOf = async (sql: string) => (await admin.query(sql)).rows as Record<string, unknown>[];
  const usage = () => rowsOf('select * from host_usage order by host_id, time');
  const fileRows = (name: string) => rowsOf(readFileSync(join(SQL, `${name}.sql`), 'utf8'));

  test('half of the past, a restart, then the rest: every minute once, none missing', async () => {
    const half = await open().step(START + 20 * 60 + 31.5610018);
    assert.equal(half.skippedSeconds, 0);
    const rest = await open().step(END + 31);
    assert.ok(half.rows > 0 && rest.rows > 0);
    assert.equal(rest.through['latency-guard'], END);
    const rows = await rowsOf(`
      select instance, count(*)::int as minutes, count(cpu_used_ratio)::int as cpu, avg(cpu_used_ratio) as used, avg(load1) as load,
        avg(memory_used_ratio) as memory, avg(network_received_bytes_per_second) as received,
        count(ping_rtt_seconds)::int as pings
      from host_usage join hosts using (host_id) group by instance order by instance`);
    assert.deepEqual(
      rows.map(({ instance, minutes }) => [instance, minutes]),
      [
        ['a:10910', MINUTES + 1],
        ['b:10910', MINUTES + 1 - 5],
        ['c:9100', MINUTES + 1],
      ],
    );
    for (const [index, { cpu, used, load, memory, received, pings, minutes }] of rows.entries()) {
      const near = (value: unknown, want: number) =>
        assert.ok(Math.abs(Number(value) - want) < 1e-6 * want, `${value} is not ${want}`);
      near(used, HOSTS[index]!.used);
      near(load, LOAD);
      near(memory, 0.75);
      near(received, RECEIVED_BYTES_PER_SECOND);
      assert.ok(Number(cpu) >= Number(minutes) - 2, 'a rate needs two samples');
      assert.equal(pings, 0, 'what was not measured is not 0');
    }
  });

  test('the same minutes once more change nothing', async () => {
    const before = await usage();
    await admin.query(`update inventory_progress set through = through - interval '25 minutes'`);
    const { rows } = await open().step(END + 31);
    assert.ok(rows > 60);
    assert.deepEqual(await usage(), before);
  });

  test('hardware that changes leaves a history, and what was not read is no change', async () => {
    const inventory = () => open({ catchUp: 0 });
    await admin.query('delete from host_info');
    await inventory().step(NEW_KERNEL_AT - 60);
    await inventory().step(NEW_KERNEL_AT + 60);
    await inventory().step(END);
    // Nothing is there an hour later: that is no change of the hardware.
    await inventory().step(END + 1_800);
    const rows = await rowsOf(`
      select instance, kernel, cpus, memory_bytes::float as memory, valid_to is null as now
      from host_info join hosts using (host_id) order by instance, valid_from`);
    assert.deepEqual(
      rows.map(({ instance, kernel, now }) => [instance, kernel, now]),
      [
        ['a:10910', '6.1', true],
        ['b:10910', '6.1', false],
        ['b:10910', '6.12', true],
        ['c:9100', '6.1', true],
      ],
    );
    assert.deepEqual([rows[2]?.cpus, rows[2]?.memory], [1, 8 * GIB]);
    const changes = await fileRows('hardware-changes');
    assert.deepEqual(
      changes.map(({ instance, kernel_before, kernel_after }) => [
        instance,
        kernel_before,
        kernel_after,
      ]),
      [['b:10910', '6.1', '6.12']],
    );
    assert.equal((await rowsOf('select * from hosts_now')).length, 3);
  });

  test('docs/sql: what failed is found, and only that', async () => {
    await admin.query(`update hosts set last_seen = to_timestamp(${END})`);
    const failures = await fileRows('missing-minutes');
    assert.deepEqual(
      failures.map(({ instance, since, minutes, gone }) => [instance, since, minutes, gone]),
      [['b:10910', new Date(OUTAGE.from * 1000), '5', false]],
    );
  });

  test('docs/sql: five-minute means, memory by hardware, the busiest hosts', async () => {
    const means = await fileRows('host-averages-5m');
    const full = means.filter(({ instance, minutes }) => instance === 'a:10910' && minutes === '5');
    assert.ok(full.length >= MINUTES / 5 - 1, JSON.stringify(means));
    for (const row of full) assert.equal(Number(row.cpu_used_ratio), 0.25);
    await admin.query(
      `update host_info set valid_from = to_timestamp(${START - 60}) where valid_to is null`,
    );
    const memory = await fileRows('memory-by-hardware');
    assert.deepEqual(
      memory.map(({ cpu_model, memory_gib, hosts }) => [cpu_model, Number(memory_gib), hosts]),
      [
        ['Xeon', 8, '1'],
        ['Xeon', 4, '1'],
        [null, 4, '1'],
      ],
    );
    const [busiest] = await fileRows('busiest-hosts');
    assert.deepEqual([busiest?.instance, Number(busiest?.p95_cpu_used_ratio)], ['b:10910', 0.75]);
    assert.equal(readdirSync(SQL).filter((name) => name.endsWith('.sql')).length, 5);
  });

  test('PostgreSQL that is down is said at once; when it is back, the gap is filled', async () => {
    await admin.query('truncate host_usage, inventory_minutes, inventory_progress');
    const inventory = open();
    await inventory.step(START + 10 * 60 + 31);
    await admin.end();
    await cluster.stop();
    await assert.rejects(inventory.step(START + 12 * 60 + 31), StoreUnavailableError);
    await assert.rejects(inventory.step(START + 14 * 60 + 31), StoreUnavailableError);
    await cluster.start();
    admin = await cluster.connect();
    await inventory.step(END + 31);
    const [row] = await rowsOf(
      `select count(*)::int as rows from host_usage join hosts using (host_id) where instance = 'a:10910'`,
    );
    assert.equal(row?.rows, MINUTES + 1);
  });

  test('a gap that is longer than catch_up is said, and stays unknown instead of failed', async () => {
    await admin.query('truncate host_usage, inventory_minutes, inventory_progress');
    await open().step(START + 5 * 60 + 31);
    const { skippedSeconds } = await open({ catchUp: 600 }).step(END + 31);
    assert.equal(skippedSeconds, (MINUTES - 5 - 11) * 60);
    assert.deepEqual(await fileRows('missing-minutes'), []);
  });

  test('partitions are dropped when all of it is too old', async () => {
    const partitions = () =>
      rowsOf(`select relname from pg_class where relname like 'host_usage_2%' and relkind = 'r'`);
    assert.ok((await partitions()).length > 0);
    const { droppedPartitions } = await open({ retention: 3 * 86_400 }).step(END + 5 * 86_400);
    assert.ok(droppedPartitions > 0);
    assert.deepEqual(await rowsOf('select * from host_usage'), []);
    assert.deepEqual(await rowsOf('select * from inventory_minutes'), []);
  });
});
