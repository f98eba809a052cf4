// Who may act: one row with a holder, a fencing token and an end. It is asked in the very transaction that records an intent,
// so that an advisory lock, which the loss of a connection takes away unseen, would say less.
// Source: https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html (fencing)
import type { Database } from './database.ts';

/** Names one spell of holding: whoever takes over gets the next number. */
export interface Claim {
  readonly holder: string;
  readonly token: number;
}

export interface Leases {
  /** Takes it, or prolongs it; undefined when somebody else has it. */
  acquire(holder: string, seconds: number): Promise<Claim | undefined>;
  /** Whether the claim still stands, by the clock of the database. */
  holds(claim: Claim): Promise<boolean>;
  /** So that another need not wait for its end. */
  release(claim: Claim): Promise<void>;
}

/** @param now SQL for Unix seconds. */
export function createLeases(database: Database, now: string): Leases {
  const mine = `name = 'actions' AND holder = ? AND token = ?`;
  return {
    async acquire(holder, seconds) {
      const take = `UPDATE leases
        SET token = CASE WHEN holder = ? AND expires > ${now} THEN token ELSE token + 1 END,
          holder = ?, expires = ${now} + ?
        WHERE name = 'actions' AND (holder = ? OR expires <= ${now})
        RETURNING token`;
      // In its turn with the transactions of others: what one of them does under the lease is over when it changes hands.
      const { rows } = await database.transaction((tx) =>
        tx.query(take, holder, holder, seconds, holder),
      );
      return rows[0] === undefined ? undefined : { holder, token: Number(rows[0].token) };
    },
    async holds({ holder, token }) {
      const sql = `SELECT 1 AS one FROM leases WHERE ${mine} AND expires > ${now}`;
      return (await database.query(sql, holder, token)).rows.length === 1;
    },
    async release({ holder, token }) {
      await database.query(`UPDATE leases SET expires = 0 WHERE ${mine}`, holder, token);
    },
  };
}
