// Pages of a list: at most `limit` entries, and a cursor that leads to the next ones.
import { z } from 'zod';
import { badRequest } from './problem.ts';

const MAX_CURSOR_CHARS = 1_024;

export interface PageQuery {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Page<T> {
  readonly entries: readonly T[];
  /** Null at the end of the list. */
  readonly next: string | null;
}

/** The parameters of every route that answers a list. */
export function pageParameters({ limit, max }: { limit: number; max: number }) {
  return {
    limit: z.coerce.number().int().min(1).max(max).default(limit),
    cursor: z.string().max(MAX_CURSOR_CHARS).optional(),
  };
}

export const nextCursor = z
  .string()
  .nullable()
  .describe('Pass it as cursor for the entries that follow; null at the end');

/**
 * A page of a list that is another one every few seconds: it goes on behind the last entry that was answered and, when that one is
 * gone, at the place where it stood. An entry that moves meanwhile may be seen twice, or on another day.
 */
export function pageOf<T>(
  entries: readonly T[],
  { limit, cursor }: PageQuery,
  keyOf: (entry: T) => string,
): Page<T> {
  const start = cursor === undefined ? 0 : startOf(entries, parsePlace(cursor), keyOf);
  const own = entries.slice(start, start + limit);
  const last = own.at(-1);
  const isEnd = last === undefined || start + limit >= entries.length;
  const next = isEnd ? null : encodeCursor({ place: start + limit, key: keyOf(last) });
  return { entries: own, next };
}

function startOf<T>(
  entries: readonly T[],
  { place, key }: z.infer<typeof placeSchema>,
  keyOf: (entry: T) => string,
): number {
  const index = entries.findIndex((entry) => keyOf(entry) === key);
  return index < 0 ? Math.min(place, entries.length) : index + 1;
}

const placeSchema = z.strictObject({ place: z.int().min(0), key: z.string() });

function parsePlace(cursor: string): z.infer<typeof placeSchema> {
  return decodeCursor(placeSchema, cursor);
}

/** Opaque: what it holds may be another thing in the next version. */
export function encodeCursor(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

/** @throws {ProblemError} for what was not answered as `next`. */
export function decodeCursor<T>(schema: z.ZodType<T>, cursor: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    const detail = 'expected what an answer gave as next';
    throw badRequest(`cursor: ${detail}`, [{ parameter: 'cursor', detail }]);
  }
}
