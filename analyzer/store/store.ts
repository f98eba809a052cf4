// The analyzer's memory on disk: alerts, actions, the audit log and the kill switch in one SQLite file.
import { type ActionLog, createActionLog } from './action-log.ts';
import { type AlertInbox, createAlertInbox } from './alert-inbox.ts';
import { type AuditLog, createAuditLog } from './audit-log.ts';
import { openDatabase } from './database.ts';

export interface KillSwitch {
  /** Undefined while actions may run. */
  paused(): Paused | undefined;
  pause(paused: Paused): void;
  resume(by: Paused): void;
}

export interface Paused {
  readonly by: string;
  readonly reason: string;
  /** Unix seconds. */
  readonly since: number;
}

export interface Store {
  /** False when everything is gone with the process. */
  readonly durable: boolean;
  readonly alerts: AlertInbox;
  readonly actions: ActionLog;
  readonly audit: AuditLog;
  readonly killSwitch: KillSwitch;
  /** All of it in one commit, or nothing. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** @param folder undefined = in memory. @throws {Error} when the file cannot be opened. */
export function createStore(folder: string | undefined): Store {
  const database = openDatabase(folder);
  const audit = createAuditLog(database);
  return {
    durable: folder !== undefined,
    alerts: createAlertInbox(database),
    actions: createActionLog(database, audit),
    audit,
    killSwitch: createKillSwitch(database, audit),
    transaction: database.transaction,
    close: database.close,
  };
}

/** Kept in the file: a restart leaves it as it was. */
function createKillSwitch(
  { connection, transaction }: ReturnType<typeof openDatabase>,
  audit: AuditLog,
): KillSwitch {
  const read = connection.prepare(`SELECT value FROM settings WHERE name = 'paused'`);
  const write = connection.prepare(`INSERT OR REPLACE INTO settings VALUES ('paused', ?)`);
  const clear = connection.prepare(`DELETE FROM settings WHERE name = 'paused'`);
  const note = (event: string, { by, reason, since }: Paused) =>
    audit.append({ time: since, event, subject: 'kill_switch', detail: { by, reason } });
  return {
    paused() {
      const value = read.get()?.value;
      return value === undefined ? undefined : (JSON.parse(String(value)) as Paused);
    },
    pause(paused) {
      transaction(() => {
        write.run(JSON.stringify(paused));
        note('paused', paused);
      });
    },
    resume(by) {
      transaction(() => {
        clear.run();
        note('resumed', by);
      });
    },
  };
}
