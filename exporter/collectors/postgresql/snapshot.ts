// What one round of questions to one server has told, each part with its rows or the reason why there are none.
import type { z } from 'zod';
import type { Answer } from '../../sources/postgresql.ts';
import type { RowsOf } from './rows.ts';
import type { StatementName } from './statements.ts';

type PartOf<Rows> = { readonly rows: Rows } | { readonly reason: string };
export type Snapshot = { readonly [Name in StatementName]: PartOf<RowsOf<Name>> };

/** Answers that are not what was asked for become `unexpected_answer`, never numbers. */
export async function toSnapshot(
  answers: Readonly<Record<StatementName, Answer>>,
): Promise<Snapshot> {
  const { ROWS } = await import('./rows.ts');
  const server = toPart(ROWS.server, answers.server);
  return {
    server,
    sessions: blindness(server) ?? toPart(ROWS.sessions, answers.sessions),
    locks: toPart(ROWS.locks, answers.locks),
    blockers: toPart(ROWS.blockers, answers.blockers),
    databases: toPart(ROWS.databases, answers.databases),
    sizes: toPart(ROWS.sizes, answers.sizes),
  };
}

/** Without the right every other session is there but empty: its numbers would be wrong, not missing. */
function blindness(server: Snapshot['server']): { readonly reason: string } | undefined {
  if ('reason' in server) return { reason: server.reason };
  return server.rows[0]?.all_sessions === true ? undefined : { reason: 'permission_denied' };
}

function toPart<Rows>(schema: z.ZodType<Rows>, answer: Answer): PartOf<Rows> {
  if (answer.kind === 'failed') return { reason: answer.reason };
  const parsed = schema.safeParse(answer.rows);
  return parsed.success ? { rows: parsed.data } : { reason: 'unexpected_answer' };
}
