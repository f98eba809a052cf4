// Alerts as they came in: stored once per fingerprint and start, handed out until they are handled.
import type { Labels } from '../series/labels.ts';
import type { Database } from './database.ts';

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
  /** Repeats change nothing, a resolve is news once; on the disk when it returns. */
  store(alerts: readonly IncomingAlert[], now: number): void;
  /** The oldest first. */
  waiting(limit: number): StoredAlert[];
  handled(alert: StoredAlert): void;
  /** Handled alerts that are older go. */
  forgetBefore(time: number): void;
  countStored(): number;
  /** Cheap however many are stored. */
  countWaiting(): number;
}

/** An alert that is over does not fire again under the same start: a late repeat must not revive it. */
const UPSERT = `
INSERT INTO alerts (fingerprint, starts_at, status, source, truncated, labels, promql, received)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (fingerprint, starts_at) DO UPDATE SET status = excluded.status, handled = 0
WHERE alerts.status = 'firing' AND excluded.status = 'resolved'`;

export function createAlertInbox({ connection, transaction }: Database): AlertInbox {
  const upsert = connection.prepare(UPSERT);
  const next = connection.prepare('SELECT * FROM alerts WHERE handled = 0 ORDER BY id LIMIT ?');
  const mark = connection.prepare('UPDATE alerts SET handled = 1 WHERE id = ? AND status = ?');
  const forget = connection.prepare('DELETE FROM alerts WHERE handled = 1 AND received < ?');
  const stored = connection.prepare('SELECT COUNT(*) AS n FROM alerts');
  const open = connection.prepare('SELECT COUNT(*) AS n FROM alerts WHERE handled = 0');
  return {
    store(alerts, now) {
      transaction(() => {
        for (const { fingerprint, startsAt, status, source, truncated, ...rest } of alerts) {
          const labels = JSON.stringify(rest.labels);
          const head = [fingerprint, startsAt, status, source, truncated ? 1 : 0] as const;
          upsert.run(...head, labels, rest.promql ?? null, now);
        }
      });
    },
    waiting: (limit) => next.all(limit).map(toAlert),
    // A resolve that came while the firing alert was being handled stays to be handled itself.
    handled: ({ id, status }) => void mark.run(id, status),
    forgetBefore: (time) => void forget.run(time),
    countStored: () => Number(stored.get()?.n),
    countWaiting: () => Number(open.get()?.n),
  };
}

function toAlert(row: Readonly<Record<string, unknown>>): StoredAlert {
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
