// What PostgreSQL is asked; rows.ts has the shape of each answer. No statement reads a query's text; each has a limit of rows.
// Source: https://www.postgresql.org/docs/current/monitoring-stats.html; version 12 and later, pg_locks.waitstart 14 and later.
/** Databases beyond this are counted, not shown; the oldest come first, so that the choice never changes by itself. */
export const MAX_DATABASES = 50;
/** Blocking sessions with series of their own: those that somebody waits for longest. */
export const MAX_BLOCKERS = 5;
/** pg_blocking_pids stops the lock manager for a moment, so not every session of a long queue is asked for. */
const MAX_EXAMINED_WAITERS = 50;

/**
 * `all_sessions` is false for a role without pg_read_all_stats (which pg_monitor has): it sees its own session only.
 * Usable are the connections that an ordinary role can get.
 */
const SERVER = `
  select extract(epoch from pg_postmaster_start_time())::float8 as start_time,
    (current_setting('max_connections')::int
      - current_setting('superuser_reserved_connections')::int
      - coalesce(current_setting('reserved_connections', true), '0')::int)::float8 as usable_connections,
    pg_has_role('pg_read_all_stats', 'usage') as all_sessions,
    pg_is_in_recovery() as in_recovery,
    case when pg_is_in_recovery()
      then pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::float8 end as lag_bytes,
    case when not pg_is_in_recovery() then null
      when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
      else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 end as lag_seconds`;

const SESSIONS = `
  select coalesce(state, 'unknown') as state, count(*)::float8 as sessions,
    max(extract(epoch from clock_timestamp() - xact_start))::float8 as oldest_transaction,
    max(extract(epoch from clock_timestamp() - state_change))::float8 as oldest_state
  from pg_stat_activity
  where backend_type = 'client backend' and pid <> pg_backend_pid()
  group by 1 limit 20`;

/** waitstart is null for the moment between the beginning of a wait and its note. */
const LOCKS = `
  select count(distinct pid)::float8 as waiting,
    max(extract(epoch from clock_timestamp() - waitstart))::float8 as longest_wait
  from pg_locks where not granted`;

/** The heads of the queues: sessions that others wait for and that wait for no lock themselves. Pid 0 is a prepared transaction. */
const BLOCKERS = `
  with waiters as (
    select pid, min(waitstart) as since from pg_locks
    where not granted group by pid order by since nulls last limit ${MAX_EXAMINED_WAITERS}
  ), edges as (
    select unnest(pg_blocking_pids(pid)) as blocker, since from waiters
  ), heads as (
    select blocker, coalesce(max(extract(epoch from clock_timestamp() - since)), 0)::float8 as seconds
    from edges where blocker not in (select pid from pg_locks where not granted) group by blocker
  )
  select blocker::float8 as pid, coalesce(application_name, '') as application, seconds,
    (count(*) over ())::float8 as blockers
  from heads left join pg_stat_activity on pid = blocker
  order by seconds desc, blocker limit ${MAX_BLOCKERS}`;

const DATABASES = `
  select d.datname as database, (count(*) over ())::float8 as databases,
    s.deadlocks::float8, s.xact_commit::float8 as committed, s.xact_rollback::float8 as rolled_back,
    s.blks_hit::float8 as blocks_hit, s.blks_read::float8 as blocks_read, s.temp_bytes::float8
  from pg_database d join pg_stat_database s on s.datid = d.oid
  where not d.datistemplate order by d.oid limit ${MAX_DATABASES}`;

/** Reads directories on the server, so it comes last. Needs CONNECT, or pg_read_all_stats. */
const SIZES = `
  select datname as database, pg_database_size(oid)::float8 as bytes
  from (select oid, datname from pg_database where not datistemplate order by oid limit ${MAX_DATABASES}) d
  where pg_has_role('pg_read_all_stats', 'usage') or has_database_privilege(oid, 'connect')`;

/** In the order in which they are asked. */
export const STATEMENTS = {
  server: SERVER,
  sessions: SESSIONS,
  locks: LOCKS,
  blockers: BLOCKERS,
  databases: DATABASES,
  sizes: SIZES,
} as const;
export type StatementName = keyof typeof STATEMENTS;
