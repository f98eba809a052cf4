// A day of a fleet into a real PostgreSQL: how long it takes to catch up on, how large it becomes, how long the queries of docs/sql take.
// Prometheus is stood in for by computed answers, so that the figures are those of the inventory and of PostgreSQL.
// `node bench/inventory/fleet.ts [hosts] [hours]`
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInventory } from '../../analyzer/inventory/inventory.ts';
import { createInventoryRecords } from '../../analyzer/inventory/inventory-records.ts';
import { latencyGuard } from '../../analyzer/inventory/latency-guard.ts';
import { INVENTORY_TABLES } from '../../analyzer/inventory/tables.ts';
import type { Querier } from '../../analyzer/prometheus/querier.ts';
import { openPostgresql } from '../../analyzer/store/postgresql.ts';
import { createCluster } from '../../exporter/sources/postgresql-cluster.contract.ts';

const SQL = new URL('../../docs/sql/', import.meta.url).pathname;
const MAX_STEPS = 100;

const [hosts = 200, hours = 24] = process.argv.slice(2).map(Number);
const now = Math.floor(Date.now() / 60_000) * 60;
const labelsOf = (index: number) => ({ job: 'fleet', instance: `host-${index}:10910` });
const all = Array.from({ length: hosts }, (_, index) => labelsOf(index));

const querier: Querier = {
  async instant(promql, at) {
    const info = { hostname: 'x', os: 'Debian', kernel: '6.1', cpu_model: 'Xeon' };
    return all.map((labels) => ({
      labels: promql === 'guard_host_info' ? { ...labels, ...info } : labels,
      time: at,
      value: 8,
    }));
  },
  async range(_promql, { from, to, step }) {
    const count = Math.round((to - from) / step) + 1;
    return all.map((labels, host) => ({
      labels,
      start: from,
      step,
      values: Float64Array.from({ length: count }, (_, index) =>
        Math.abs(Math.sin((from + index * step) / 3_000 + host)),
      ),
    }));
  },
};

const cluster = await createCluster({ fsync: 'on', shared_buffers: '128MB' });
await cluster.start();
const admin = await cluster.connect();
try {
  await admin.query(`create role guard superuser login password 'secret'`);
  const passwordFile = join(cluster.folder, 'password');
  writeFileSync(passwordFile, 'secret');
  const url = `postgresql://guard@127.0.0.1:${cluster.port}/postgres?sslmode=disable`;
  const database = openPostgresql({ url, passwordFile, timeoutMs: 30_000 }, INVENTORY_TABLES);
  const inventory = createInventory({
    sources: [latencyGuard],
    querier,
    records: createInventoryRecords(database),
    span: 'day',
    retention: 90 * 86_400,
    catchUp: hours * 3_600,
    delay: 30,
  });
  const began = performance.now();
  const cpu = process.cpuUsage();
  let rows = 0;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const report = await inventory.step(now);
    rows += report.rows;
    if ((report.through['latency-guard'] ?? 0) >= now - 90) break;
  }
  const { user, system } = process.cpuUsage(cpu);
  const size = await admin.query(
    `select sum(pg_total_relation_size(inhrelid))::float as bytes, (select count(*)::int from host_usage) as rows from pg_inherits where inhparent = 'host_usage'::regclass`,
  );
  say('caught up', { hosts, hours, rows, ...size.rows[0], seconds: secondsSince(began) });
  say('cpu of the analyzer', { seconds: (user + system) / 1e6 });
  const one = performance.now();
  await inventory.step(now + 60);
  say('one minute more', { seconds: secondsSince(one) });
  for (const name of readdirSync(SQL).filter((file) => file.endsWith('.sql'))) {
    const start = performance.now();
    const { rowCount } = await admin.query(readFileSync(join(SQL, name), 'utf8'));
    say(name, { rows: rowCount, seconds: secondsSince(start) });
  }
  await database.close();
} finally {
  await admin.end();
  await cluster.remove();
}

function secondsSince(start: number): number {
  return Math.round(performance.now() - start) / 1000;
}

function say(what: string, figures: object): void {
  process.stdout.write(`${what}: ${JSON.stringify(figures)}\n`);
}
