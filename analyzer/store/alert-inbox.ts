// Alerts as they came in: stored once per fingerprint and start, handed out until they are handled.
import type { Labels } from '../series/labels.ts';
import type { Database, Row } from './database.ts';

export interface IncomingAlert {
  readonly fingerprint: string;
  /** RFC 3339, as the sender writes it. */
  readonly startsAt: string;
  readonly status: 'firing' | 'resolved';
  readonly source: 'alertmanager' | 'analyzer';
  /** The sender left out other alerts of the same group. */
  readonly truncated: boolean;
  readonly labels: Labels;
  /** The query that raised it, where it is known. */
  readonly promql: string | undefined;
}

export interface StoredAlert extends IncomingAlert {
  readonly id: number;
}

export interface AlertInbox {
  /** Repeats change nothing, a resolve is news once; on the disk when it resolves, all of them or none. */
  store(alerts: readonly IncomingAlert[], now: number): Promise<void>;
  /** The oldest first. */
  waiting(limit: number): Promise<StoredAlert[]>;
  handled(alert: StoredAlert): Promise<void>;
  /** Handled alerts that are older go. */
  forgetBefore(time: number): Promise<void>;
  countStored(): Promise<number>;
  /** Cheap however many are stored. */
  countWaiting(): Promise<number>;
}

/** A row has 8 values, SQLite takes 32,766 in a statement, PostgreSQL 65,535. */
const MAX_ROWS = 500;

/** An alert that is over does not fire again under the same start: a late repeat must not revive it. */
const insert = (rows: number) => `
INSERT INTO alerts (fingerprint, starts_at, status, source, truncated, labels, promql, received)
VALUES ${new Array(rows).fill('(?, ?, ?, ?, ?, ?, ?, ?)').join(', ')}
ON CONFLICT (fingerprint, starts_at) DO UPDATE SET status = excluded.status, handled = 0
WHERE alerts.status = 'firing' AND excluded.status = 'resolved'`;

export function createAlertInbox(database: Database): AlertInbox {
  const count = async (sql: string) => Number((await database.query(sql)).rows[0]?.n);
  return {
    store: (alerts, now) => storeAll(database, once(alerts), now),
    async waiting(limit) {
      const sql = 'SELECT * FROM alerts WHERE handled = 0 ORDER BY id LIMIT ?';
      return (await database.query(sql, limit)).rows.map(toAlert);
    },
    // A resolve that came while the firing alert was being handled stays to be handled itself.
    async handled({ id, status }) {
      const sql = 'UPDATE alerts SET handled = 1 WHERE id = ? AND status = ?';
      await database.query(sql, id, status);
    },
    async forgetBefore(time) {
      await database.query('DELETE FROM alerts WHERE handled = 1 AND received < ?', time);
    },
    countStored: () => count('SELECT COUNT(*) AS n FROM alerts'),
    countWaiting: () => count('SELECT COUNT(*) AS n FROM alerts WHERE handled = 0'),
  };
}

/** What came several times becomes one row, as if it had come one after the other: a statement may meet a row once only. */
function once(alerts: readonly IncomingAlert[]): IncomingAlert[] {
  const rows = new Map<string, IncomingAlert>();
  for (const alert of alerts) {
    const key = JSON.stringify([alert.fingerprint, alert.startsAt]);
    const before = rows.get(key);
    if (before === undefined) rows.set(key, alert);
    else if (alert.status === 'resolved') rows.set(key, { ...before, status: 'resolved' });
  }
  return [...rows.values()];
}

async function storeAll(
  database: Database,
  alerts: readonly IncomingAlert[],
  now: number,
): Promise<void> {
  await database.transaction(async (tx) => {
    for (let first = 0; first < alerts.length; first += MAX_ROWS) {
      const rows = alerts.slice(first, first + MAX_ROWS);
      const values = rows.flatMap((alert) => [
        alert.fingerprint,
        alert.startsAt,
        alert.status,
        alert.source,
        alert.truncated ? 1 : 0,
        JSON.stringify(alert.labels),
        alert.promql ?? null,
        now,
      ]);
      await tx.query(insert(rows.length), ...values);
    }
  });
}

function toAlert(row: Row): StoredAlert {
  return {
    id: Number(row.id),
    fingerprint: String(row.fingerprint),
    startsAt: String(row.starts_at),
    status: row.status === 'resolved' ? 'resolved' : 'firing',
    source: row.source === 'analyzer' ? 'analyzer' : 'alertmanager',
    truncated: row.truncated === 1,
    labels: JSON.parse(String(row.labels)) as Labels,
    promql: row.promql === null ? undefined : String(row.promql),
  };
}
