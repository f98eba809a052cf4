// A PostgreSQL server for tests that answers what it is told to, or never.
import type { Answer } from '../../sources/postgresql.ts';
import type { CreatePostgresqlSource } from './postgresql.ts';
import type { StatementName } from './statements.ts';

/** A server with one session that waits for another. */
export const ANSWERS: Readonly<Record<StatementName, Answer>> = {
  server: rows({
    start_time: 1_700_000_000.5,
    usable_connections: 97,
    all_sessions: true,
    in_recovery: false,
    lag_bytes: null,
    lag_seconds: null,
  }),
  sessions: rows(
    { state: 'active', sessions: 2, oldest_transaction: 12.5, oldest_state: 3 },
    { state: 'idle in transaction', sessions: 1, oldest_transaction: 40, oldest_state: 30 },
    { state: 'idle', sessions: 6, oldest_transaction: null, oldest_state: 900 },
  ),
  locks: rows({ waiting: 1, longest_wait: 12.25 }),
  blockers: rows({ pid: 4711, application: 'batch', seconds: 12.25, blockers: 1 }),
  databases: rows({
    database: 'shop',
    databases: 1,
    deadlocks: 3,
    committed: 1000,
    rolled_back: 7,
    blocks_hit: 99_000,
    blocks_read: 1000,
    temp_bytes: 8192,
  }),
  sizes: rows({ database: 'shop', bytes: 7_500_000 }),
};

export function rows(...values: readonly unknown[]): Answer {
  return { kind: 'rows', rows: values };
}

/** Every server answers the same. */
export function answering(
  answers: Readonly<Record<StatementName, Answer>> = ANSWERS,
): CreatePostgresqlSource {
  return () => ({
    ask: async (sql) => {
      const names = Object.keys(sql) as StatementName[];
      return Object.fromEntries(names.map((name) => [name, answers[name]])) as never;
    },
    async stop() {},
  });
}

/** A server that is asked and never says anything. */
export const silent: CreatePostgresqlSource = () => ({
  ask: () => new Promise(() => {}),
  async stop() {},
});
