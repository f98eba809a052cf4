// The kill switch, kept in the store: a restart and another analyzer leave it as it was.
import { createAuditLog } from './audit-log.ts';
import type { Database } from './database.ts';

export interface KillSwitch {
  /** Undefined while actions may run. */
  paused(): Promise<Paused | undefined>;
  pause(paused: Paused): Promise<void>;
  resume(by: Paused): Promise<void>;
}

export interface Paused {
  readonly by: string;
  readonly reason: string;
  /** Unix seconds. */
  readonly since: number;
}

export function createKillSwitch(database: Database): KillSwitch {
  const note = (tx: Database, event: string, { by, reason, since }: Paused) =>
    createAuditLog(tx).append({
      time: since,
      event,
      subject: 'kill_switch',
      detail: { by, reason },
    });
  return {
    async paused() {
      const read = `SELECT value FROM settings WHERE name = 'paused'`;
      const value = (await database.query(read)).rows[0]?.value;
      return value === undefined ? undefined : (JSON.parse(String(value)) as Paused);
    },
    pause: (paused) =>
      database.transaction(async (tx) => {
        const write = `INSERT INTO settings VALUES ('paused', ?)
          ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
        await tx.query(write, JSON.stringify(paused));
        await note(tx, 'paused', paused);
      }),
    resume: (by) =>
      database.transaction(async (tx) => {
        await tx.query(`DELETE FROM settings WHERE name = 'paused'`);
        await note(tx, 'resumed', by);
      }),
  };
}
