// Who did what and when, append-only: each entry carries the hash of the one before, so that no later change goes unseen.
import { createHash } from 'node:crypto';
import type { Database } from './database.ts';

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
  append(event: AuditEvent): void;
  /** The newest first. */
  list(limit: number): AuditEntry[];
  verify(): AuditReport;
}

type Row = Readonly<Record<string, unknown>>;

export function createAuditLog({ connection, transaction }: Database): AuditLog {
  const last = connection.prepare('SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1');
  const insert = connection.prepare('INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)');
  const newest = connection.prepare('SELECT * FROM audit ORDER BY seq DESC LIMIT ?');
  const all = connection.prepare('SELECT * FROM audit ORDER BY seq');
  return {
    append({ time, event, subject, detail }) {
      transaction(() => {
        const before = last.get();
        const seq = Number(before?.seq ?? 0) + 1;
        const previous = String(before?.hash ?? GENESIS);
        const text = JSON.stringify(detail);
        const hash = hashOf([seq, time, event, subject, text, previous]);
        insert.run(seq, time, event, subject, text, previous, hash);
      });
    },
    list: (limit) => newest.all(limit).map(toEntry),
    verify: () => verifyChain(all.iterate()),
  };
}

function verifyChain(rows: Iterable<Row>): AuditReport {
  let [entries, head] = [0, GENESIS];
  for (const row of rows) {
    const { seq, time, event, subject, detail, previous, hash } = row;
    const broken =
      seq !== entries + 1
        ? `entry ${entries + 1} is missing`
        : previous !== head
          ? `entry ${seq} does not follow the one before it`
          : hashOf([seq, time, event, subject, detail, previous]) !== hash
            ? `entry ${seq} was changed after it was written`
            : undefined;
    if (broken !== undefined) return { entries, head, problem: broken };
    entries += 1;
    head = String(hash);
  }
  return { entries, head, problem: undefined };
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
