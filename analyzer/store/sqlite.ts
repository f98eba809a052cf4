// SQLite inside the process: write-ahead log, every commit on the disk before it returns, migrated when it is opened.
// Source: https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Answer,
  type Database,
  type OpenDatabase,
  type SqlValue,
  StoreUnavailableError,
} from './database.ts';
import { MIGRATIONS, SQLITE } from './migrations.ts';
import { createTurnQueue } from './turn-queue.ts';

export const DATABASE_FILE = 'guard.sqlite';
/** Another process that writes is waited for this long. */
const BUSY_TIMEOUT_MS = 5_000;
const BUSY_PAUSE_MS = 5;
/** Prepared statements that are kept; SQL texts are few, lists of values give them a few lengths each. */
const MAX_STATEMENTS = 200;
/** Primary result codes that pass: SQLITE_BUSY, SQLITE_LOCKED, SQLITE_IOERR, SQLITE_FULL. https://www.sqlite.org/rescode.html */
const PASSING: Readonly<Record<number, string>> = {
  5: 'busy',
  6: 'busy',
  10: 'disk_error',
  13: 'disk_full',
};

/**
 * @param folder created when it is not there; undefined = in memory, gone with the process.
 * @throws {Error} when it cannot be opened or was written by a newer version.
 */
export function openSqlite(folder: string | undefined): OpenDatabase {
  const connection = open(folder);
  migrate(connection, folder);
  connection.exec('PRAGMA busy_timeout = 0');
  const ask = createAsker(connection);
  const queue = createTurnQueue();
  const inside: Database = {
    query: async (sql, ...values) => ask(sql, values),
    transaction: (work) => work(inside),
  };
  return {
    now: SQLITE.now,
    // In the queue as well: there is one connection, and its open transaction would swallow the statement.
    query: (sql, ...values) => queue.take(() => patiently(() => ask(sql, values))),
    transaction: (work) =>
      queue.take(async () => {
        await patiently(() => ask('BEGIN IMMEDIATE', []));
        try {
          const result = await work(inside);
          ask('COMMIT', []);
          return result;
        } catch (error) {
          if (connection.isTransaction) connection.exec('ROLLBACK');
          throw error;
        }
      }),
    close: () => queue.take(() => connection.close()),
  };
}

/** What was busy has not begun. SQLite's own waiting would make the whole process wait. */
async function patiently<T>(work: () => T): Promise<T> {
  const until = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      const isBusy = error instanceof StoreUnavailableError && error.reason === 'busy';
      if (!isBusy || performance.now() > until) throw error;
    }
    await sleep(BUSY_PAUSE_MS);
  }
}

function createAsker(connection: DatabaseSync) {
  const statements = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const known = statements.get(sql);
    if (known !== undefined) return known;
    if (statements.size >= MAX_STATEMENTS) statements.clear();
    const made = connection.prepare(sql);
    statements.set(sql, made);
    return made;
  };
  return (sql: string, values: readonly SqlValue[]): Answer => {
    try {
      const statement = prepare(sql);
      if (statement.columns().length > 0) {
        const rows = statement.all(...values);
        return { rows, changes: rows.length };
      }
      return { rows: [], changes: Number(statement.run(...values).changes) };
    } catch (error) {
      throw toPassing(error);
    }
  };
}

function toPassing(error: unknown): unknown {
  const { errcode = 0, message = '' } = error as { errcode?: number; message?: string };
  // The low byte is the primary code.
  const reason = PASSING[errcode & 0xff];
  if (reason === undefined) return error;
  return new StoreUnavailableError(reason, `Cannot use ${DATABASE_FILE}: ${message}`, {
    cause: error,
  });
}

function open(folder: string | undefined): DatabaseSync {
  if (folder === undefined) return new DatabaseSync(':memory:');
  const file = join(folder, DATABASE_FILE);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const connection = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
    return connection;
  } catch (cause) {
    throw new Error(`Cannot open the store ${file}: ${(cause as Error).message}`, { cause });
  }
}

function migrate(connection: DatabaseSync, folder: string | undefined): void {
  connection.exec('BEGIN IMMEDIATE');
  try {
    const row = connection.prepare('PRAGMA user_version').get();
    const version = Number(row?.user_version ?? 0);
    if (version > MIGRATIONS.length) {
      throw new Error(
        `The store in ${folder} has version ${version}, this program knows ${MIGRATIONS.length}: use the newer one`,
      );
    }
    for (const step of MIGRATIONS.slice(version)) connection.exec(step(SQLITE));
    connection.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`);
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK');
    connection.close();
    throw error;
  }
}
