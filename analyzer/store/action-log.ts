// Actions and their transitions. Each transition and its audit entry are one commit; who comes second finds another state.
import {
  ACTION_STATES,
  type ActionRecord,
  type ActionState,
  OPEN_STATES,
} from './action-record.ts';
import type { AuditLog } from './audit-log.ts';
import type { Database } from './database.ts';

export interface Transition {
  readonly from: ActionState;
  readonly to: ActionState;
  readonly now: number;
  readonly reason: string;
  /** Who decided; the program itself when undefined. */
  readonly by?: string | undefined;
  readonly set?: Partial<ActionRecord> | undefined;
}

export interface OutcomeCount {
  readonly playbook: string;
  readonly kind: string;
  readonly verdict: string;
  readonly count: number;
}

export interface ActionLog {
  add(action: ActionRecord): void;
  get(id: string): ActionRecord | undefined;
  /** The newest first. */
  list(filter: {
    readonly states?: readonly ActionState[];
    readonly limit: number;
  }): ActionRecord[];
  ofAlert(alertId: number): ActionRecord[];
  /** Undefined when the action was not in `from` any more: then nothing has happened. */
  move(id: string, transition: Transition): ActionRecord | undefined;
  /**
   * Records that a run begins, before it does: undefined when it was recorded already, and then it must not run.
   * At most once, also when the process dies at any point.
   */
  begin(id: string, transition: Transition): ActionRecord | undefined;
  /** Runs of a playbook since a time, everywhere or on one host. */
  runsSince(since: number, of: { readonly playbook: string; readonly host?: string }): number;
  /** When anything ran last on a host. */
  lastRunOn(host: string): number | undefined;
  countOutcome(outcome: Omit<OutcomeCount, 'count'>): void;
  outcomes(): OutcomeCount[];
  countByState(): Readonly<Record<ActionState, number>>;
}

export function createActionLog(database: Database, audit: AuditLog): ActionLog {
  const { connection, transaction } = database;
  const insert = connection.prepare('INSERT INTO actions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)');
  const one = connection.prepare('SELECT body FROM actions WHERE id = ?');
  const update = connection.prepare(
    'UPDATE actions SET state = ?, updated = ?, body = ? WHERE id = ? AND state = ?',
  );
  const get = (id: string) => toRecords(one.all(id))[0];
  function move(id: string, transition: Transition): ActionRecord | undefined {
    const { from, to, now, reason, by = 'guard', set = {} } = transition;
    return transaction(() => {
      const before = get(id);
      if (before === undefined || before.state !== from) return undefined;
      const next = { ...before, ...set, state: to, reason, updated: now };
      if (update.run(to, now, JSON.stringify(next), id, from).changes !== 1) return undefined;
      const { playbook, host } = next;
      audit.append({
        time: now,
        event: `action_${to}`,
        subject: id,
        detail: { from, by, reason, playbook, host, attempt: next.attempt },
      });
      return next;
    });
  }
  return {
    ...createCounts(database),
    add(action) {
      transaction(() => {
        const { id, alertId, state, playbook, kind, host, created, updated } = action;
        const body = JSON.stringify(action);
        insert.run(id, alertId, state, playbook, kind, host, created, updated, body);
        const { command, labels } = action;
        const detail = { playbook, kind, host, labels, command, mode: action.mode };
        audit.append({ time: created, event: `action_${state}`, subject: id, detail });
      });
    },
    get,
    list({ states = ACTION_STATES, limit }) {
      const marks = states.map(() => '?').join(', ');
      const sql = `SELECT body FROM actions WHERE state IN (${marks}) ORDER BY created DESC, id LIMIT ?`;
      return toRecords(connection.prepare(sql).all(...states, limit));
    },
    ofAlert(alertId) {
      const rows = connection.prepare('SELECT body FROM actions WHERE alert_id = ?').all(alertId);
      return toRecords(rows);
    },
    move,
    begin(id, transition) {
      return transaction(() => {
        const moved = move(id, transition);
        if (moved === undefined) return undefined;
        const step = transition.to === 'rolling_back' ? 'rollback' : 'action';
        // A second row for the same attempt breaks the primary key, and with it the whole transaction.
        connection
          .prepare('INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)')
          .run(id, moved.attempt, step, moved.playbook, moved.host, transition.now);
        return moved;
      });
    },
  };
}

function createCounts({ connection }: Database) {
  const counted = connection.prepare('SELECT state, COUNT(*) AS n FROM actions GROUP BY state');
  return {
    runsSince(since: number, { playbook, host }: { playbook: string; host?: string }): number {
      const row = connection
        .prepare(
          `SELECT COUNT(*) AS n FROM runs WHERE step = 'action' AND playbook = ? AND started >= ? AND (? IS NULL OR host = ?)`,
        )
        .get(playbook, since, host ?? null, host ?? null);
      return Number(row?.n);
    },
    lastRunOn(host: string): number | undefined {
      const sql = `SELECT MAX(started) AS last FROM runs WHERE step = 'action' AND host = ?`;
      const last = connection.prepare(sql).get(host)?.last;
      return typeof last === 'number' ? last : undefined;
    },
    countOutcome({ playbook, kind, verdict }: Omit<OutcomeCount, 'count'>): void {
      connection
        .prepare(
          'INSERT INTO outcomes VALUES (?, ?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1',
        )
        .run(playbook, kind, verdict);
    },
    outcomes(): OutcomeCount[] {
      const rows = connection.prepare('SELECT * FROM outcomes ORDER BY 1, 2, 3').all();
      return rows.map(({ playbook, kind, verdict, count }) => ({
        playbook: String(playbook),
        kind: String(kind),
        verdict: String(verdict),
        count: Number(count),
      }));
    },
    countByState(): Record<ActionState, number> {
      const counts = Object.fromEntries(ACTION_STATES.map((state) => [state, 0]));
      for (const { state, n } of counted.all()) counts[String(state)] = Number(n);
      return counts as Record<ActionState, number>;
    },
  };
}

/** The body is what this program wrote itself, in the same file: its form is not asked again. */
function toRecords(rows: readonly Readonly<Record<string, unknown>>[]): ActionRecord[] {
  return rows.map(({ body }) => JSON.parse(String(body)) as ActionRecord);
}

export function isOpen({ state }: ActionRecord): boolean {
  return OPEN_STATES.includes(state);
}
