// What people say of suggestions: the last word of each person on each finding counts, all words stand in the audit log.
import { createAuditLog } from './audit-log.ts';
import type { Database } from './database.ts';

/** Said before it is done (accept, reject), or of what came of it. */
export const SUGGESTION_VERDICTS = ['accept', 'reject', 'helpful', 'not_helpful'] as const;
export type SuggestionVerdict = (typeof SUGGESTION_VERDICTS)[number];

export interface SuggestionWord {
  /** Id of the finding; with `since` one time that it was open. */
  readonly finding: string;
  /** Unix seconds. */
  readonly since: number;
  readonly kind: string;
  readonly suggestion: string;
  readonly by: string;
  readonly verdict: SuggestionVerdict;
  readonly reason: string;
  /** Unix seconds. */
  readonly time: number;
}

export interface SuggestionCount {
  readonly kind: string;
  readonly suggestion: string;
  readonly verdict: string;
  readonly count: number;
}

/** Which finding a word was about. */
export type SuggestedFor = Pick<SuggestionWord, 'kind' | 'since'>;

export interface SuggestionLog {
  /** Takes the place of what the same person said of it before. */
  say(word: SuggestionWord): Promise<void>;
  counts(): Promise<SuggestionCount[]>;
  /** The last time that something was said of it: its finding may be over since. */
  lastFor(finding: string, suggestion: string): Promise<SuggestedFor | undefined>;
}

export function createSuggestionLog(database: Database): SuggestionLog {
  return {
    say: (word) => database.transaction((tx) => say(tx, word)),
    async counts() {
      const sql = `SELECT kind, suggestion, verdict, COUNT(*) AS count FROM suggestion_words
        GROUP BY kind, suggestion, verdict ORDER BY 1, 2, 3`;
      const { rows } = await database.query(sql);
      return rows.map(({ kind, suggestion, verdict, count }) => ({
        ...{ kind: String(kind), suggestion: String(suggestion), verdict: String(verdict) },
        count: Number(count),
      }));
    },
    async lastFor(finding, suggestion) {
      const sql = `SELECT kind, since FROM suggestion_words
        WHERE finding = ? AND suggestion = ? ORDER BY since DESC LIMIT 1`;
      const row = (await database.query(sql, finding, suggestion)).rows[0];
      return row && { kind: String(row.kind), since: Number(row.since) };
    },
  };
}

async function say(tx: Database, word: SuggestionWord): Promise<void> {
  const { finding, since, suggestion, by, kind, verdict, reason, time } = word;
  const insert = `INSERT INTO suggestion_words VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (finding, since, suggestion, person) DO UPDATE SET verdict = excluded.verdict`;
  await tx.query(insert, finding, since, suggestion, by, kind, verdict);
  const detail = { kind, suggestion, by, reason };
  const event = { time, event: `suggestion_${verdict}`, subject: finding, detail };
  await createAuditLog(tx).append(event);
}
