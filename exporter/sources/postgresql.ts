// Rows of a PostgreSQL server by one kept connection: read-only, every statement with a time-out on both sides.
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { failureReason } from './postgresql-failure.ts';
import { type PostgresqlTarget, readLogin } from './postgresql-target.ts';

/** More than the server's own time-out, so that a server that still answers is the one that says so. */
const CLIENT_GRACE_MS = 1_000;
/** Every statement has a limit of its own; what comes beyond this is a mistake of ours and is cut. */
const MAX_ROWS = 1_000;
const STOP_WAIT_MS = 1_000;

export interface PostgresqlOptions {
  readonly target: PostgresqlTarget;
  /** For connecting, and for each statement. */
  readonly timeoutMs: number;
}

export type Answer =
  | { readonly kind: 'rows'; readonly rows: readonly unknown[] }
  | { readonly kind: 'failed'; readonly reason: string };

export interface PostgresqlSource {
  /**
   * Runs the statements one after another; what fails costs its own answer alone, as long as the connection lives.
   * @throws {ConnectionError} when the server cannot be reached or the connection breaks.
   */
  ask<Name extends string>(sql: Readonly<Record<Name, string>>): Promise<Record<Name, Answer>>;
  /** Resolves within a second. */
  stop(): Promise<void>;
}

/** There is no connection any more; the next call opens a new one. */
export class ConnectionError extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(`Cannot use the connection to PostgreSQL: ${reason}`);
    this.name = 'ConnectionError';
    this.reason = reason;
  }
}

/** Builds the source without connecting. */
export function createPostgresqlSource(options: PostgresqlOptions): PostgresqlSource {
  let pool: pg.Pool | undefined;
  let active: pg.PoolClient | undefined;
  const drop = async (): Promise<void> => {
    const old = pool;
    pool = undefined;
    await old?.end();
  };
  return {
    async ask(sql) {
      let client: pg.PoolClient;
      try {
        pool ??= await createPool(options);
        client = await pool.connect();
        active = client;
      } catch (error) {
        void drop();
        throw new ConnectionError(failureReason(error));
      }
      try {
        const answers = await runAll(client, sql);
        client.release();
        return answers;
      } catch (error) {
        client.release(true);
        void drop();
        throw error;
      } finally {
        active = undefined;
      }
    },
    async stop() {
      // Ends a statement that is being waited for; an attempt to connect ends by its own time-out.
      void active?.end();
      await Promise.race([drop(), sleep(STOP_WAIT_MS, undefined, { ref: false })]);
    },
  };
}

/** The library is loaded by the first connection only: most exporters watch no database, and it takes 9 MB. */
async function createPool({ target, timeoutMs }: PostgresqlOptions): Promise<pg.Pool> {
  const { default: library } = await import('pg');
  const pool = new library.Pool({
    ...readLogin(target),
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    lock_timeout: timeoutMs,
    query_timeout: timeoutMs + CLIENT_GRACE_MS,
    options: '-c default_transaction_read_only=on',
    application_name: 'latency_guard',
    keepAlive: true,
    allowExitOnIdle: true,
  });
  // An idle connection that breaks is taken out by the pool itself; without a listener it would end the process.
  pool.on('error', () => {});
  return pool;
}

async function runAll<Name extends string>(
  client: pg.PoolClient,
  sql: Readonly<Record<Name, string>>,
): Promise<Record<Name, Answer>> {
  // A connection can also break between two statements, which nobody would hear.
  let broken: unknown;
  const onError = (error: unknown): void => {
    broken = error;
  };
  client.on('error', onError);
  try {
    const answers: Partial<Record<Name, Answer>> = {};
    for (const [name, text] of Object.entries(sql) as [Name, string][]) {
      answers[name] = await runOne(client, text);
      if (broken !== undefined) throw new ConnectionError(failureReason(broken));
    }
    return answers as Record<Name, Answer>;
  } finally {
    client.removeListener('error', onError);
  }
}

async function runOne(client: pg.PoolClient, text: string): Promise<Answer> {
  try {
    const { rows } = await client.query<Record<string, unknown>>(text);
    return { kind: 'rows', rows: rows.slice(0, MAX_ROWS) };
  } catch (error) {
    const reason = failureReason(error);
    // Only an error that the server itself has sent leaves a connection that can be used, and not when it says good-bye.
    const usable = error instanceof Error && 'severity' in error && error.severity === 'ERROR';
    if (!usable) throw new ConnectionError(reason);
    return { kind: 'failed', reason };
  }
}
