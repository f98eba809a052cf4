// Writes the inventory: each call is one transaction, and repeating it changes nothing.
import type { Database } from '../store/database.ts';
import {
  expiredPartitions,
  missingPartitions,
  type Partition,
  type PartitionSpan,
  parsePartition,
} from './partitions.ts';
import type { HostInfo } from './read-info.ts';
import { MINUTE_SECONDS, type Minutes, type UsageRow } from './read-usage.ts';
import { USAGE_COLUMNS } from './source.ts';
import { INFO_COLUMNS } from './tables.ts';

/** Some 400 bytes each as JSON; also what one statement can insert within its time-out on a slow server. */
const MAX_ROWS_PER_STATEMENT = 2_000;

export interface UsageBatch {
  readonly source: string;
  readonly minutes: Minutes;
  readonly rows: readonly UsageRow[];
}

export interface InventoryRecords {
  /** Unix seconds of the last minute that has been read of this source; undefined before the first. */
  progress(source: string): Promise<number | undefined>;
  /** Rows of minutes that are there already are replaced. */
  writeUsage(batch: UsageBatch, span: PartitionSpan): Promise<void>;
  /** A new row for each host that has changed; what was not read this time counts as unchanged. */
  writeInfo(source: string, hosts: readonly HostInfo[], at: number): Promise<void>;
  /** Drops whole partitions, and the minutes that go with them. Answers how many partitions went. */
  forget(before: number): Promise<number>;
}

export function createInventoryRecords(database: Database): InventoryRecords {
  return {
    async progress(source) {
      const sql = `SELECT extract(epoch FROM through)::bigint AS through FROM inventory_progress WHERE source = ?`;
      const { rows } = await database.query(sql, source);
      return rows[0] === undefined ? undefined : Number(rows[0].through);
    },
    writeUsage: (batch, span) =>
      database.transaction(async (tx) => {
        if (batch.rows.length > 0) await makePartitions(tx, batch.minutes, span);
        await rememberHosts(tx, batch.source, batch.rows);
        for (let at = 0; at < batch.rows.length; at += MAX_ROWS_PER_STATEMENT)
          await insertUsage(tx, batch.rows.slice(at, at + MAX_ROWS_PER_STATEMENT));
        await rememberMinutes(tx, batch);
      }),
    writeInfo: (source, hosts, at) =>
      database.transaction(async (tx) => {
        const seen = hosts.map(({ job, instance }) => ({ job, instance, time: at }));
        await rememberHosts(tx, source, seen);
        for (let from = 0; from < hosts.length; from += MAX_ROWS_PER_STATEMENT)
          await replaceInfo(tx, hosts.slice(from, from + MAX_ROWS_PER_STATEMENT), at);
      }),
    forget: (before) =>
      database.transaction(async (tx) => {
        const expired = expiredPartitions(await partitionsOf(tx), before);
        for (const { name } of expired) await tx.query(`DROP TABLE ${name}`);
        await tx.query('DELETE FROM inventory_minutes WHERE time < to_timestamp(?)', before);
        return expired.length;
      }),
  };
}

async function partitionsOf(tx: Database): Promise<Partition[]> {
  const { rows } = await tx.query(
    `SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'host_usage'::regclass`,
  );
  return rows.flatMap(({ relname }) => parsePartition(String(relname)) ?? []);
}

async function makePartitions(tx: Database, minutes: Minutes, span: PartitionSpan): Promise<void> {
  for (const { name, from, to } of missingPartitions(minutes, await partitionsOf(tx), span))
    await tx.query(
      `CREATE TABLE ${name} PARTITION OF host_usage FOR VALUES FROM ('${timestamp(from)}') TO ('${timestamp(to)}')`,
    );
}

/** Values of a partition's bounds cannot be parameters. */
function timestamp(time: number): string {
  return new Date(time * 1000).toISOString();
}

type Seen = Pick<UsageRow, 'job' | 'instance' | 'time'>;

async function rememberHosts(tx: Database, source: string, rows: readonly Seen[]): Promise<void> {
  const hosts = new Map<string, { job: string; instance: string; first: number; last: number }>();
  for (const { job, instance, time } of rows) {
    const key = JSON.stringify([job, instance]);
    const before = hosts.get(key) ?? { job, instance, first: time, last: time };
    hosts.set(key, {
      job,
      instance,
      first: Math.min(before.first, time),
      last: Math.max(before.last, time),
    });
  }
  const all = [...hosts.values()];
  for (let at = 0; at < all.length; at += MAX_ROWS_PER_STATEMENT)
    await tx.query(
      `WITH seen AS (
         SELECT * FROM json_to_recordset(?::json) AS x (job text, instance text, first bigint, last bigint)
       ), known AS (
         UPDATE hosts h
         SET source = ?, first_seen = LEAST(h.first_seen, to_timestamp(s.first)),
           last_seen = GREATEST(h.last_seen, to_timestamp(s.last))
         FROM seen s WHERE (h.job, h.instance) = (s.job, s.instance)
         RETURNING h.job, h.instance
       )
       INSERT INTO hosts (job, instance, source, first_seen, last_seen)
       SELECT s.job, s.instance, ?, to_timestamp(s.first), to_timestamp(s.last) FROM seen s
       WHERE NOT EXISTS (SELECT FROM known k WHERE (k.job, k.instance) = (s.job, s.instance))`,
      json(all.slice(at, at + MAX_ROWS_PER_STATEMENT)),
      source,
      source,
    );
}

async function insertUsage(tx: Database, rows: readonly UsageRow[]): Promise<void> {
  const columns = USAGE_COLUMNS.join(', ');
  const types = USAGE_COLUMNS.map((name) => `${name} double precision`).join(', ');
  const updates = USAGE_COLUMNS.map((name) => `${name} = EXCLUDED.${name}`).join(', ');
  const flat = rows.map(({ job, instance, time, values }) => ({ job, instance, time, ...values }));
  await tx.query(
    `INSERT INTO host_usage (host_id, time, ${columns})
     SELECT h.host_id, to_timestamp(x.time), ${columns}
     FROM json_to_recordset(?::json) AS x (job text, instance text, time bigint, ${types})
     JOIN hosts h ON (h.job, h.instance) = (x.job, x.instance)
     ON CONFLICT (host_id, time) DO UPDATE SET ${updates}`,
    json(flat),
  );
}

/** Minutes in which no host was there say more of the scraping than of the hosts: they are not counted as read. */
async function rememberMinutes(tx: Database, { source, minutes, rows }: UsageBatch): Promise<void> {
  const counts = new Map<number, number>();
  for (const { time } of rows) counts.set(time, (counts.get(time) ?? 0) + 1);
  const list = [...counts].map(([time, hosts]) => ({ time, hosts }));
  await tx.query(
    `INSERT INTO inventory_minutes
     SELECT ?, to_timestamp(x.time), x.hosts FROM json_to_recordset(?::json) AS x (time bigint, hosts integer)
     ON CONFLICT (source, time) DO UPDATE SET hosts = EXCLUDED.hosts`,
    source,
    json(list),
  );
  await tx.query(
    `INSERT INTO inventory_progress VALUES (?, to_timestamp(?))
     ON CONFLICT (source) DO UPDATE SET through = GREATEST(inventory_progress.through, EXCLUDED.through)`,
    source,
    Math.floor(minutes.to / MINUTE_SECONDS) * MINUTE_SECONDS,
  );
}

async function replaceInfo(tx: Database, hosts: readonly HostInfo[], at: number): Promise<void> {
  const names = INFO_COLUMNS.map(([name]) => name);
  const types = INFO_COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ');
  const of = (table: string) => names.map((name) => `${table}.${name}`).join(', ');
  const merged = names.map((name) => `COALESCE(x.${name}, c.${name})`).join(', ');
  const rows = json(hosts.map(({ job, instance, values }) => ({ job, instance, ...values })));
  const read = `json_to_recordset(?::json) AS x (job text, instance text, ${types})
    JOIN hosts h ON (h.job, h.instance) = (x.job, x.instance)`;
  await tx.query(
    `UPDATE host_info c SET valid_to = to_timestamp(?)
     FROM ${read}
     WHERE c.host_id = h.host_id AND c.valid_to IS NULL AND c.valid_from < to_timestamp(?)
       AND (${merged}) IS DISTINCT FROM (${of('c')})`,
    at,
    rows,
    at,
  );
  await tx.query(
    `INSERT INTO host_info (host_id, valid_from, ${names.join(', ')})
     SELECT h.host_id, to_timestamp(?), ${merged}
     FROM ${read}
     LEFT JOIN LATERAL (
       SELECT * FROM host_info i WHERE i.host_id = h.host_id ORDER BY i.valid_from DESC LIMIT 1
     ) c ON true
     WHERE NOT EXISTS (SELECT FROM host_info i WHERE i.host_id = h.host_id AND i.valid_to IS NULL)`,
    at,
    rows,
  );
}

/** PostgreSQL keeps no NUL in a text, and does not read it in JSON either. */
function json(value: unknown): string {
  return JSON.stringify(value).replaceAll('\\u0000', '\ufffd');
}
