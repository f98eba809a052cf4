// SQLite inside the process: write-ahead log, every commit on the disk before it returns, migrated when it is opened.
// Source: https://www.sqlite.org/wal.html, https://www.sqlite.org/pragma.html#pragma_synchronous
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MIGRATIONS } from './migrations.ts';

export const DATABASE_FILE = 'guard.sqlite';
/** `guard audit verify` reads while the analyzer writes: they wait for each other this long. */
const BUSY_TIMEOUT_MS = 5_000;

export interface Database {
  readonly connection: DatabaseSync;
  /** All of it or nothing, and on the disk when it returns; inside another transaction it is part of that one. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/**
 * @param folder created when it is not there; undefined = in memory, gone with the process.
 * @throws {Error} when it cannot be opened or was written by a newer version.
 */
export function openDatabase(folder: string | undefined): Database {
  const connection = open(folder);
  let depth = 0;
  function transaction<T>(work: () => T): T {
    if (depth > 0) return work();
    connection.exec('BEGIN IMMEDIATE');
    depth += 1;
    try {
      const result = work();
      connection.exec('COMMIT');
      return result;
    } catch (error) {
      connection.exec('ROLLBACK');
      throw error;
    } finally {
      depth -= 1;
    }
  }
  const database = { connection, transaction, close: () => connection.close() };
  migrate(database, folder);
  return database;
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

function migrate({ connection, transaction }: Database, folder: string | undefined): void {
  transaction(() => {
    const row = connection.prepare('PRAGMA user_version').get();
    const version = Number(row?.user_version ?? 0);
    if (version > MIGRATIONS.length) {
      throw new Error(
        `The store in ${folder} has version ${version}, this program knows ${MIGRATIONS.length}: use the newer one`,
      );
    }
    for (const step of MIGRATIONS.slice(version)) connection.exec(step);
    connection.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
  });
}
