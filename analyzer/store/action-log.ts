// Actions and their transitions. Each transition and its audit entry are one commit; who comes second finds another state.
import {
  ACTION_STATES,
  type ActionRecord,
  type ActionState,
  OPEN_STATES,
} from './action-record.ts';
import { createAuditLog } from './audit-log.ts';
import type { Database, Row, SqlValue } from './database.ts';

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
  add(action: ActionRecord): Promise<void>;
  get(id: string): Promise<ActionRecord | undefined>;
  /** The newest first. */
  list(filter: {
    readonly states?: readonly ActionState[];
    readonly limit: number;
    /** What follows this one in the list. */
    readonly after?: Pick<ActionRecord, 'created' | 'id'> | undefined;
  }): Promise<ActionRecord[]>;
  ofAlert(alertId: number): Promise<ActionRecord[]>;
  /** Undefined when the action was not in `from` any more: then nothing has happened. */
  move(id: string, transition: Transition): Promise<ActionRecord | undefined>;
  /**
   * Records that a run begins, before it does: undefined when it was recorded already, and then it must not run.
   * At most once, also when the process dies at any point.
   */
  begin(id: string, transition: Transition): Promise<ActionRecord | undefined>;
  /** Runs of a playbook since a time, everywhere or on one host. */
  runsSince(
    since: number,
    of: { readonly playbook: string; readonly host?: string },
  ): Promise<number>;
  /** When anything ran last on a host. */
  lastRunOn(host: string): Promise<number | undefined>;
  countOutcome(outcome: Omit<OutcomeCount, 'count'>): Promise<void>;
  outcomes(): Promise<OutcomeCount[]>;
  countByState(): Promise<Readonly<Record<ActionState, number>>>;
}

export function createActionLog(database: Database): ActionLog {
  const records = async (sql: string, ...values: readonly SqlValue[]) =>
    toRecords((await database.query(sql, ...values)).rows);
  return {
    ...createCounts(database),
    add: (action) => database.transaction((tx) => add(tx, action)),
    async get(id) {
      return (await records('SELECT body FROM actions WHERE id = ?', id))[0];
    },
    list({ states = ACTION_STATES, limit, after }) {
      const marks = states.map(() => '?').join(', ');
      const rest = after === undefined ? '' : 'AND (created < ? OR (created = ? AND id > ?))';
      const place = after === undefined ? [] : [after.created, after.created, after.id];
      const sql = `SELECT body FROM actions WHERE state IN (${marks}) ${rest} ORDER BY created DESC, id LIMIT ?`;
      return records(sql, ...states, ...place, limit);
    },
    ofAlert: (alertId) => records('SELECT body FROM actions WHERE alert_id = ?', alertId),
    move: (id, transition) => database.transaction((tx) => move(tx, id, transition)),
    begin: (id, transition) =>
      database.transaction(async (tx) => {
        const moved = await move(tx, id, transition);
        if (moved === undefined) return undefined;
        const step = transition.to === 'rolling_back' ? 'rollback' : 'action';
        const { attempt, playbook, host } = moved;
        // A second row for the same attempt breaks the primary key, and with it the whole transaction.
        const insert = 'INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)';
        await tx.query(insert, id, attempt, step, playbook, host, transition.now);
        return moved;
      }),
  };
}

async function add(tx: Database, action: ActionRecord): Promise<void> {
  const { id, alertId, state, playbook, kind, host, created, updated } = action;
  const values = [id, alertId, state, playbook, kind, host, created, updated];
  const insert = 'INSERT INTO actions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)';
  await tx.query(insert, ...values, JSON.stringify(action));
  const { command, labels, mode } = action;
  const detail = { playbook, kind, host, labels, command, mode };
  const event = { time: created, event: `action_${state}`, subject: id, detail };
  await createAuditLog(tx).append(event);
}

async function move(
  tx: Database,
  id: string,
  transition: Transition,
): Promise<ActionRecord | undefined> {
  const { from, to, now, reason, by = 'guard', set = {} } = transition;
  const { rows } = await tx.query('SELECT body FROM actions WHERE id = ?', id);
  const before = toRecords(rows)[0];
  if (before === undefined || before.state !== from) return undefined;
  const next = { ...before, ...set, state: to, reason, updated: now };
  const update = 'UPDATE actions SET state = ?, updated = ?, body = ? WHERE id = ? AND state = ?';
  const { changes } = await tx.query(update, to, now, JSON.stringify(next), id, from);
  if (changes !== 1) return undefined;
  const { playbook, host, attempt } = next;
  const detail = { from, by, reason, playbook, host, attempt };
  await createAuditLog(tx).append({ time: now, event: `action_${to}`, subject: id, detail });
  return next;
}

function createCounts(database: Database) {
  return {
    async runsSince(since: number, { playbook, host }: { playbook: string; host?: string }) {
      const runs = `SELECT COUNT(*) AS n FROM runs WHERE step = 'action' AND playbook = ? AND started >= ?`;
      const { rows } =
        host === undefined
          ? await database.query(runs, playbook, since)
          : await database.query(`${runs} AND host = ?`, playbook, since, host);
      return Number(rows[0]?.n);
    },
    async lastRunOn(host: string) {
      const sql = `SELECT MAX(started) AS last FROM runs WHERE step = 'action' AND host = ?`;
      const last = (await database.query(sql, host)).rows[0]?.last;
      return typeof last === 'number' ? last : undefined;
    },
    async countOutcome({ playbook, kind, verdict }: Omit<OutcomeCount, 'count'>) {
      const insert = `INSERT INTO outcomes VALUES (?, ?, ?, 1)
        ON CONFLICT (playbook, kind, verdict) DO UPDATE SET count = outcomes.count + 1`;
      await database.query(insert, playbook, kind, verdict);
    },
    async outcomes(): Promise<OutcomeCount[]> {
      const { rows } = await database.query('SELECT * FROM outcomes ORDER BY 1, 2, 3');
      return rows.map(({ playbook, kind, verdict, count }) => ({
        playbook: String(playbook),
        kind: String(kind),
        verdict: String(verdict),
        count: Number(count),
      }));
    },
    async countByState(): Promise<Record<ActionState, number>> {
      const sql = 'SELECT state, COUNT(*) AS n FROM actions GROUP BY state';
      const counts = Object.fromEntries(ACTION_STATES.map((state) => [state, 0]));
      for (const { state, n } of (await database.query(sql)).rows)
        counts[String(state)] = Number(n);
      return counts as Record<ActionState, number>;
    },
  };
}

/** The body is what this program wrote itself, in the same table: its form is not asked again. */
function toRecords(rows: readonly Row[]): ActionRecord[] {
  return rows.map(({ body }) => JSON.parse(String(body)) as ActionRecord);
}

export function isOpen({ state }: ActionRecord): boolean {
  return OPEN_STATES.includes(state);
}
