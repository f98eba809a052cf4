// The analyzer's memory on disk: alerts, actions, the audit log, the kill switch and who may act, in SQLite or PostgreSQL.
import { type ActionLog, createActionLog } from './action-log.ts';
import { type AlertInbox, createAlertInbox } from './alert-inbox.ts';
import { type AuditLog, createAuditLog } from './audit-log.ts';
import { type Database, type OpenDatabase, StoreUnavailableError } from './database.ts';
import { createKillSwitch, type KillSwitch } from './kill-switch.ts';
import { createLeadership, type Leadership } from './leadership.ts';
import { createLeases, type Leases } from './lease.ts';
import { openPostgresql, type PostgresqlOptions } from './postgresql.ts';
import { openSqlite } from './sqlite.ts';
import { createSuggestionLog, type SuggestionLog } from './suggestion-log.ts';

export interface Records {
  readonly alerts: AlertInbox;
  readonly actions: ActionLog;
  readonly audit: AuditLog;
  readonly killSwitch: KillSwitch;
  readonly suggestions: SuggestionLog;
  readonly leases: Leases;
}

export interface Store extends Records {
  /** False when everything is gone with the process. */
  readonly durable: boolean;
  /** Whether this process is the one of all that share the store that acts. */
  readonly leader: Leadership;
  /** Why it could not be used when it was used last; undefined when it could. */
  problem(): StoreUnavailableError | undefined;
  /**
   * All of it in one commit, or nothing. `work` uses the records that it is handed, not those of the store:
   * they would wait for the end of the very transaction that waits for them.
   */
  transaction<T>(work: (tx: Records) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/** @param folder undefined = in memory. @param lease seconds. @throws {Error} when the file cannot be opened. */
export function createStore(folder: string | undefined, lease?: number): Store {
  return storeOf(openSqlite(folder), { durable: folder !== undefined, lease });
}

/** Need not be there yet: whatever is asked before fails with a StoreUnavailableError. */
export function createPostgresqlStore(options: PostgresqlOptions, lease?: number): Store {
  return storeOf(openPostgresql(options), { durable: true, lease });
}

function storeOf(
  database: OpenDatabase,
  { durable, lease }: { readonly durable: boolean; readonly lease: number | undefined },
): Store {
  let problem: StoreUnavailableError | undefined;
  const observed = async <T>(work: Promise<T>): Promise<T> => {
    try {
      const result = await work;
      problem = undefined;
      return result;
    } catch (error) {
      problem = error instanceof StoreUnavailableError ? error : undefined;
      throw error;
    }
  };
  const source: Database = {
    query: (sql, ...values) => observed(database.query(sql, ...values)),
    transaction: (work) => observed(database.transaction(work)),
  };
  const recordsOf = (source: Database): Records => ({
    alerts: createAlertInbox(source),
    actions: createActionLog(source),
    audit: createAuditLog(source),
    killSwitch: createKillSwitch(source),
    suggestions: createSuggestionLog(source),
    leases: createLeases(source, database.now),
  });
  const records = recordsOf(source);
  const leader = createLeadership(records, { lease });
  return {
    ...records,
    durable,
    leader,
    problem: () => problem,
    transaction: (work) => source.transaction((tx) => work(recordsOf(tx))),
    async close() {
      // Where it cannot be given up it ends by itself.
      await leader.giveUp().catch(() => {});
      await database.close();
    },
  };
}
