// Metric families of the PostgreSQL servers, from their last snapshots.
import {
  counter,
  gauge,
  type Labels,
  type MetricFamily,
  type Sample,
} from '../../promformat/family.ts';
import type { RowsOf } from './rows.ts';
import type { Snapshot } from './snapshot.ts';
import { MAX_BLOCKERS, MAX_DATABASES, type StatementName } from './statements.ts';

/** One server: its last round of questions. */
export interface Polled {
  readonly name: string;
  readonly seconds: number;
  /** Unix time of its end. */
  readonly endedAt: number;
  /** A snapshot, or why the server could not be asked. */
  readonly outcome: Snapshot | { readonly unreachable: string };
}

/** pg_stat_activity.state → label. What is not here is `other`. */
const STATES: Readonly<Record<string, string>> = {
  active: 'active',
  idle: 'idle',
  'idle in transaction': 'idle_in_transaction',
  'idle in transaction (aborted)': 'idle_in_transaction_aborted',
  'fastpath function call': 'fastpath_function_call',
};
const IDLE_IN_TRANSACTION = /^idle in transaction/;
/** Ours, which the states leave out. */
const OWN_CONNECTIONS = 1;

export function toFamilies(polls: readonly Polled[]): MetricFamily[] {
  return [
    ...pollFamilies(polls),
    ...connectionFamilies(polls),
    ...lockFamilies(polls),
    ...databaseFamilies(polls),
    ...serverFamilies(polls),
  ];
}

function pollFamilies(polls: readonly Polled[]): MetricFamily[] {
  const each = (value: (poll: Polled) => number): Sample[] =>
    polls.map((poll) => ({ labels: { database_server: poll.name }, value: value(poll) }));
  return [
    gauge(
      'guard_postgresql_up',
      'Whether the server answered when it was asked last; what follows is as of then, see postgresql.interval.',
      each(({ outcome }) => ('unreachable' in outcome ? 0 : 1)),
    ),
    gauge(
      'guard_postgresql_unavailable',
      'What could not be read (all, or one part), with the reason; the value is always 1.',
      polls.flatMap(unavailableParts),
    ),
    gauge(
      'guard_postgresql_poll_duration_seconds',
      'Seconds that the last round of questions took.',
      each(({ seconds }) => seconds),
    ),
    gauge(
      'guard_postgresql_poll_timestamp_seconds',
      'Unix time when the last round of questions ended.',
      each(({ endedAt }) => endedAt),
    ),
  ];
}

function unavailableParts({ name, outcome }: Polled): Sample[] {
  const sample = (what: string, reason: string): Sample => ({
    labels: { database_server: name, what, reason },
    value: 1,
  });
  if ('unreachable' in outcome) return [sample('all', outcome.unreachable)];
  return Object.entries(outcome).flatMap(([what, part]) =>
    'reason' in part ? [sample(what, part.reason)] : [],
  );
}

function connectionFamilies(polls: readonly Polled[]): MetricFamily[] {
  const sessions = perServer(polls, 'sessions');
  const used = (rows: RowsOf<'sessions'>) => sum(rows.map((row) => row.sessions)) + OWN_CONNECTIONS;
  return [
    gauge(
      'guard_postgresql_connections',
      "Client connections by state, without the exporter's own.",
      sessions((labels, rows) => statesOf(labels, rows)),
    ),
    gauge(
      'guard_postgresql_connections_usable',
      'Connections that ordinary roles can get: max_connections without the reserved ones.',
      perServer(polls, 'server')((labels, [row]) => one(labels, row?.usable_connections)),
    ),
    gauge(
      'guard_postgresql_connections_used_ratio',
      "Client connections, the exporter's own included, as a share of the usable ones.",
      sessions((labels, rows, { server }) => {
        const usable = 'rows' in server ? server.rows[0]?.usable_connections : undefined;
        return one(labels, usable === undefined ? undefined : used(rows) / usable);
      }),
    ),
    gauge(
      'guard_postgresql_oldest_transaction_seconds',
      'Age of the oldest open transaction of a client; 0 when none is open.',
      sessions((labels, rows) => one(labels, oldest(rows.map((row) => row.oldest_transaction)))),
    ),
    gauge(
      'guard_postgresql_oldest_idle_in_transaction_seconds',
      'How long a client has been idle inside a transaction, the longest; 0 when none is.',
      sessions((labels, rows) => {
        const idle = rows.filter(({ state }) => IDLE_IN_TRANSACTION.test(state));
        return one(labels, oldest(idle.map((row) => row.oldest_state)));
      }),
    ),
  ];
}

/** Every known state has a sample: where nobody is in it, 0 is the truth. */
function statesOf(labels: Labels, rows: RowsOf<'sessions'>): Sample[] {
  const counts = new Map([...Object.values(STATES), 'other'].map((state) => [state, 0]));
  for (const { state, sessions } of rows) {
    const label = STATES[state] ?? 'other';
    counts.set(label, counts.get(label)! + sessions);
  }
  return [...counts].map(([state, value]) => ({ labels: { ...labels, state }, value }));
}

function lockFamilies(polls: readonly Polled[]): MetricFamily[] {
  const locks = perServer(polls, 'locks');
  const blockers = perServer(polls, 'blockers');
  return [
    gauge(
      'guard_postgresql_lock_waiting_sessions',
      'Sessions that wait for a lock.',
      locks((labels, [row]) => one(labels, row?.waiting)),
    ),
    gauge(
      'guard_postgresql_lock_longest_wait_seconds',
      'How long a session has been waiting for a lock, the longest; 0 when none waits.',
      locks((labels, rows) => one(labels, oldest(rows.map((row) => row.longest_wait)))),
    ),
    gauge(
      'guard_postgresql_blocking_sessions',
      'Sessions that others wait for and that wait for no lock themselves.',
      blockers((labels, [row]) => one(labels, row?.blockers ?? 0)),
    ),
    gauge(
      'guard_postgresql_blocking_seconds',
      `How long somebody has been waiting for this session; the ${MAX_BLOCKERS} longest. Pid 0 is a prepared transaction.`,
      blockers((labels, rows) =>
        rows.map(({ pid, application, seconds }) => ({
          labels: { ...labels, blocker_pid: String(pid), application },
          value: Math.max(0, seconds),
        })),
      ),
    ),
  ];
}

type DatabaseNumber = Exclude<keyof RowsOf<'databases'>[number], 'database' | 'databases'>;

function databaseFamilies(polls: readonly Polled[]): MetricFamily[] {
  const databases = perServer(polls, 'databases');
  const each = (key: DatabaseNumber): Sample[] =>
    databases((labels, rows) =>
      rows.map((row) => ({ labels: { ...labels, database: row.database }, value: row[key] })),
    );
  return [
    counter('guard_postgresql_deadlocks_total', 'Deadlocks detected.', each('deadlocks')),
    counter(
      'guard_postgresql_transactions_committed_total',
      'Transactions committed.',
      each('committed'),
    ),
    counter(
      'guard_postgresql_transactions_rolled_back_total',
      'Transactions rolled back.',
      each('rolled_back'),
    ),
    counter(
      'guard_postgresql_blocks_hit_total',
      "Blocks found in PostgreSQL's own cache.",
      each('blocks_hit'),
    ),
    counter(
      'guard_postgresql_blocks_read_total',
      'Blocks read from the kernel, which may have had them in its cache.',
      each('blocks_read'),
    ),
    counter(
      'guard_postgresql_temporary_bytes_total',
      'Bytes written to temporary files by queries that outgrew work_mem.',
      each('temp_bytes'),
    ),
    gauge(
      'guard_postgresql_databases_dropped',
      `Databases without series of their own: only the ${MAX_DATABASES} oldest have them.`,
      databases((labels, rows) => one(labels, (rows[0]?.databases ?? 0) - rows.length)),
    ),
    gauge(
      'guard_postgresql_database_size_bytes',
      'Disk space of the database.',
      perServer(
        polls,
        'sizes',
      )((labels, rows) =>
        rows.flatMap(({ database, bytes }) => one({ ...labels, database }, bytes ?? undefined)),
      ),
    ),
  ];
}

function serverFamilies(polls: readonly Polled[]): MetricFamily[] {
  const server = perServer(polls, 'server');
  return [
    gauge(
      'guard_postgresql_start_time_seconds',
      'Unix time when the server was started.',
      server((labels, [row]) => one(labels, row?.start_time)),
    ),
    gauge(
      'guard_postgresql_in_recovery',
      'Whether the server is a replica, or recovers.',
      server((labels, [row]) => one(labels, row === undefined ? undefined : +row.in_recovery)),
    ),
    gauge(
      'guard_postgresql_replication_lag_bytes',
      'Of a replica: bytes received and not yet replayed.',
      server((labels, [row]) => one(labels, row?.lag_bytes ?? undefined)),
    ),
    gauge(
      'guard_postgresql_replication_lag_seconds',
      'Of a replica: age of the last replayed transaction; 0 when all that was received is replayed.',
      server((labels, [row]) => one(labels, row?.lag_seconds ?? undefined)),
    ),
  ];
}

type ToSamples<Name extends StatementName> = (
  labels: Labels,
  rows: RowsOf<Name>,
  snapshot: Snapshot,
) => Sample[];

/** Samples of one part, of the servers that could tell it. */
function perServer<Name extends StatementName>(polls: readonly Polled[], part: Name) {
  return (toSamples: ToSamples<Name>): Sample[] =>
    polls.flatMap(({ name, outcome }) => {
      if ('unreachable' in outcome) return [];
      const answer = outcome[part];
      if ('reason' in answer) return [];
      return toSamples({ database_server: name }, answer.rows as RowsOf<Name>, outcome);
    });
}

function one(labels: Labels, value: number | undefined): Sample[] {
  return value === undefined ? [] : [{ labels, value }];
}

/** Clocks of the server's processes may differ by a hair: an age is never negative. */
function oldest(ages: readonly (number | null)[]): number {
  return Math.max(0, ...ages.map((age) => age ?? 0));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
