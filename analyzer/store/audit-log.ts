// Who did what and when, append-only: each entry carries the hash of the one before, so that no later change goes unseen.
import { createHash } from 'node:crypto';
import type { Database, Row } from './database.ts';

/** What the first entry follows. */
const GENESIS = '0'.repeat(64);

export interface AuditEvent {
  /** Unix seconds. */
  readonly time: number;
  /** Such as `action_approved`. */
  readonly event: string;
  /** What it is about: the id of an action, or of a person's switch. */
  readonly subject: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface AuditEntry extends AuditEvent {
  readonly seq: number;
  readonly hash: string;
}

export interface AuditReport {
  readonly entries: number;
  /** Hash of the last entry: noted elsewhere, it also shows that the end was cut off. */
  readonly head: string;
  /** Undefined when the chain holds. */
  readonly problem: string | undefined;
}

export interface AuditLog {
  append(event: AuditEvent): Promise<void>;
  /** The newest first; with `before` those that are older than that entry. */
  list(limit: number, before?: number): Promise<AuditEntry[]>;
  verify(): Promise<AuditReport>;
}

const PAGE_ROWS = 1_000;

export function createAuditLog(database: Database): AuditLog {
  return {
    append: ({ time, event, subject, detail }) =>
      database.transaction(async (tx) => {
        const last = 'SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1';
        const before = (await tx.query(last)).rows[0];
        const seq = Number(before?.seq ?? 0) + 1;
        const previous = String(before?.hash ?? GENESIS);
        const text = JSON.stringify(detail);
        const hash = hashOf([seq, time, event, subject, text, previous]);
        const insert = 'INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)';
        await tx.query(insert, seq, time, event, subject, text, previous, hash);
      }),
    async list(limit, before = Number.MAX_SAFE_INTEGER) {
      const sql = 'SELECT * FROM audit WHERE seq < ? ORDER BY seq DESC LIMIT ?';
      const { rows } = await database.query(sql, before, limit);
      return rows.map(toEntry);
    },
    verify: () => verifyChain(database),
  };
}

async function verifyChain(database: Database): Promise<AuditReport> {
  let report: AuditReport = { entries: 0, head: GENESIS, problem: undefined };
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const sql = 'SELECT * FROM audit WHERE seq > ? ORDER BY seq LIMIT ?';
    const { rows } = await database.query(sql, after, PAGE_ROWS);
    for (const row of rows) {
      report = follow(report, row);
      if (report.problem !== undefined) return report;
    }
    if (rows.length < PAGE_ROWS) return report;
    after = Number(rows.at(-1)?.seq);
  }
}

function follow({ entries, head }: AuditReport, row: Row): AuditReport {
  const { seq, time, event, subject, detail, previous, hash } = row;
  const problem =
    seq !== entries + 1
      ? `entry ${entries + 1} is missing`
      : previous !== head
        ? `entry ${seq} does not follow the one before it`
        : hashOf([seq, time, event, subject, detail, previous]) !== hash
          ? `entry ${seq} was changed after it was written`
          : undefined;
  if (problem !== undefined) return { entries, head, problem };
  return { entries: entries + 1, head: String(hash), problem };
}

/** JSON keeps the borders between the fields; a plain join would let text move from one to the next. */
function hashOf(fields: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
}

function toEntry({ seq, time, event, subject, detail, hash }: Row): AuditEntry {
  return {
    seq: Number(seq),
    time: Number(time),
    event: String(event),
    subject: String(subject),
    detail: JSON.parse(String(detail)) as Record<string, unknown>,
    hash: String(hash),
  };
}
