// What the store asks of a database: plain SQL that SQLite and PostgreSQL both understand, and transactions that nobody gets between.

export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

export interface Answer {
  readonly rows: readonly Row[];
  /** Rows that were inserted, updated or deleted. */
  readonly changes: number;
}

export interface Database {
  /**
   * One statement; `?` stands for a value. Outside a transaction it is one of its own, on the disk when it resolves.
   * @throws {StoreUnavailableError} when the database cannot be asked now.
   */
  query(sql: string, ...values: readonly SqlValue[]): Promise<Answer>;
  /**
   * All of it or nothing, and on the disk when it resolves; inside another transaction it is part of that one.
   * `work` asks only the database that it is handed: what is asked elsewhere waits for the end of this transaction.
   * Writers come one after the other, also those of other processes: what a transaction has read holds until its end.
   */
  transaction<T>(work: (tx: Database) => Promise<T>): Promise<T>;
}

export interface OpenDatabase extends Database {
  /** SQL for Unix seconds by the clock of the database: the same for all who use it. */
  readonly now: string;
  close(): Promise<void>;
}

/** Not stored, or not read, for reasons that pass: nothing has been changed, unless the answer to a commit was lost. */
export class StoreUnavailableError extends Error {
  /** A word for a label, such as `connection_refused`. */
  readonly reason: string;
  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreUnavailableError';
    this.reason = reason;
  }
}
