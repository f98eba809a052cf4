// PostgreSQL behind the store: a small pool, every wait bounded on both sides, tables made and migrated on the first use.
// It need not be there when the analyzer starts; each use tries again.
import { readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import {
  type Answer,
  type Database,
  type OpenDatabase,
  type SqlValue,
  StoreUnavailableError,
} from './database.ts';
import { type Dialect, MIGRATIONS, POSTGRESQL } from './migrations.ts';
import { isServerError, toStoreError } from './postgresql-error.ts';
import { createTurnQueue } from './turn-queue.ts';

/** One for the transaction that is open, the others for what is read beside it. */
const MAX_CONNECTIONS = 4;
const MAX_WAITING = 1_000;
/** More than the server's own time-out, so that a server that still answers is the one that says so. */
const CLIENT_GRACE_MS = 1_000;
const STOP_WAIT_MS = 1_000;
const MAX_SECRET_BYTES = 64 * 1024;
/** Any number, the same for all analyzers: "guard" in ASCII. */
const WRITER_LOCK = 0x67_75_61_72_64;
const INT8_OID = 20;

export interface PostgresqlOptions {
  /** Without a password; TLS by `sslmode`, `sslrootcert`, `sslcert`, `sslkey` as node-postgres reads them. */
  readonly url: string;
  readonly passwordFile?: string | undefined;
  /** For connecting, for a lock, and for each statement. */
  readonly timeoutMs: number;
}

/** Tables that belong together: made and migrated together, with one writer at a time. */
export interface Tables {
  /** Of the table that holds the version. */
  readonly name: string;
  readonly migrations: readonly ((sql: Dialect) => string)[];
  readonly writerLock: number;
}

const STORE: Tables = { name: 'guard_store', migrations: MIGRATIONS, writerLock: WRITER_LOCK };

/** Builds it without connecting. */
export function openPostgresql(options: PostgresqlOptions, tables: Tables = STORE): OpenDatabase {
  const connections = createConnections(options);
  const queue = createTurnQueue();
  let isMigrated = false;

  /** One writer at a time, as in SQLite: what one has read nobody changes, and the audit log has one end. */
  async function inTransaction<T>(work: (tx: Database) => Promise<T>): Promise<T> {
    return connections.use(async (client, discard) => {
      const inside: Database = {
        query: (sql, ...values) => ask(client, sql, values),
        transaction: (nested) => nested(inside),
      };
      try {
        // Where the lock is not had the transaction has begun nevertheless: it is ended as well.
        await client.query(
          `BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(${tables.writerLock})`,
        );
        const result = await work(inside);
        await client.query('COMMIT');
        return result;
      } catch (error) {
        // A connection that is broken has rolled back by itself, and its own error says more.
        await client.query('ROLLBACK').catch(discard);
        throw error;
      }
    });
  }

  const ready = async () => {
    if (isMigrated) return;
    await queue.take(async () => {
      if (!isMigrated) await inTransaction((tx) => migrate(tx, tables));
      isMigrated = true;
    });
  };
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      await ready();
      return await work();
    } catch (error) {
      const failed = toStoreError(error);
      // Somebody has restored an older state, or emptied it.
      if (failed instanceof StoreUnavailableError && failed.reason === 'no_tables')
        isMigrated = false;
      throw failed;
    }
  };
  return {
    now: POSTGRESQL.now,
    query: (sql, ...values) => guarded(() => connections.use((client) => ask(client, sql, values))),
    transaction: (work) => guarded(() => queue.take(() => inTransaction(work))),
    close: connections.close,
  };
}

async function ask(
  client: pg.PoolClient,
  sql: string,
  values: readonly SqlValue[],
): Promise<Answer> {
  const { rows, rowCount } = await client.query(numbered(sql), values.map(storable));
  return { rows, changes: rowCount ?? 0 };
}

function numbered(sql: string): string {
  let count = 0;
  return sql.replaceAll('?', () => `$${++count}`);
}

/** PostgreSQL keeps no NUL in a text; labels of the outside world may have one. */
function storable(value: SqlValue): SqlValue {
  return typeof value === 'string' ? value.replaceAll('\u0000', '\ufffd') : value;
}

async function migrate(tx: Database, { name, migrations }: Tables): Promise<void> {
  await tx.query(`CREATE TABLE IF NOT EXISTS ${name} (version BIGINT NOT NULL)`);
  const { rows } = await tx.query(`SELECT MAX(version) AS version FROM ${name}`);
  const version = Number(rows[0]?.version ?? 0);
  if (version > migrations.length) {
    throw new StoreUnavailableError(
      'newer_version',
      `The store has version ${version}, this program knows ${migrations.length}: use the newer one`,
    );
  }
  for (const step of migrations.slice(version)) await tx.query(step(POSTGRESQL));
  if (version < migrations.length)
    await tx.query(`INSERT INTO ${name} VALUES (?)`, migrations.length);
}

function createConnections(options: PostgresqlOptions) {
  let pool: Promise<pg.Pool> | undefined;
  const drop = async () => {
    const old = pool;
    pool = undefined;
    await (await old?.catch(() => undefined))?.end();
  };
  async function connect(): Promise<pg.PoolClient> {
    pool ??= createPool(options);
    const mine = pool;
    try {
      const current = await mine;
      if (current.waitingCount >= MAX_WAITING)
        throw new StoreUnavailableError('busy', `Cannot use the store: ${MAX_WAITING} others wait`);
      return await current.connect();
    } catch (error) {
      // The next pool reads the password anew.
      const isBusy = error instanceof StoreUnavailableError && error.reason === 'busy';
      if (!isBusy && pool === mine) void drop();
      throw error;
    }
  }
  return {
    /** @param work says by its second argument that the connection is not to be used again. */
    async use<T>(
      work: (client: pg.PoolClient, discard: (error: Error) => void) => Promise<T>,
    ): Promise<T> {
      const client = await connect();
      let broken: Error | undefined;
      const onError = (error: Error) => {
        broken = error;
      };
      client.on('error', onError);
      try {
        return await work(client, onError);
      } catch (error) {
        // Only an error that the server has sent, or one of our own, leaves a connection that can be used.
        if (error instanceof Error && 'code' in error ? !isServerError(error) : isOfDriver(error))
          broken ??= error as Error;
        throw error;
      } finally {
        client.removeListener('error', onError);
        client.release(broken);
      }
    },
    close: () => Promise.race([drop(), sleep(STOP_WAIT_MS, undefined, { ref: false })]),
  };
}

/** Messages of pg's own errors, which carry no code. */
function isOfDriver(error: unknown): boolean {
  return error instanceof Error && /timeout|terminated|not queryable|closed/i.test(error.message);
}

/** The library is loaded only where it is used: it takes 9 MB. */
async function createPool({ url, passwordFile, timeoutMs }: PostgresqlOptions): Promise<pg.Pool> {
  const { default: library } = await import('pg');
  const pool = new library.Pool({
    connectionString: withPassword(url, passwordFile),
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: timeoutMs,
    statement_timeout: timeoutMs,
    lock_timeout: timeoutMs,
    idle_in_transaction_session_timeout: timeoutMs,
    query_timeout: timeoutMs + CLIENT_GRACE_MS,
    application_name: 'latency_guard_store',
    keepAlive: true,
    allowExitOnIdle: true,
    types: {
      getTypeParser: ((oid: number, format: 'text') =>
        oid === INT8_OID
          ? Number
          : library.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
    },
  });
  // An idle connection that breaks is taken out by the pool itself; without a listener it would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    // What was acknowledged has to be on the disk; a stricter setting than `on` stays.
    const durable = `SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`;
    client.query(durable).catch(() => {});
  });
  return pool;
}

/** @throws {StoreUnavailableError} */
function withPassword(text: string, file: string | undefined): string {
  if (file === undefined) return text;
  const url = new URL(text);
  try {
    if (statSync(file).size > MAX_SECRET_BYTES)
      throw new Error(`larger than ${MAX_SECRET_BYTES} bytes`);
    url.password = encodeURIComponent(readFileSync(file, 'utf8').replace(/\r?\n$/, ''));
  } catch (cause) {
    const why = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw new StoreUnavailableError('credentials_unreadable', `Cannot read ${file}: ${why}`);
  }
  return url.href;
}
