// The shape of each answer of PostgreSQL to statements.ts. Loaded when there is one to look at: most hosts have none.
import { z } from 'zod';
import type { StatementName } from './statements.ts';

const number = z.number();
/** What the ages and times that may be absent come as. */
const maybe = z.number().nullable();

export const ROWS = {
  server: z.array(
    z.object({
      start_time: number,
      usable_connections: number,
      all_sessions: z.boolean(),
      in_recovery: z.boolean(),
      lag_bytes: maybe,
      lag_seconds: maybe,
    }),
  ),
  sessions: z.array(
    z.object({
      state: z.string(),
      sessions: number,
      oldest_transaction: maybe,
      oldest_state: maybe,
    }),
  ),
  locks: z.array(z.object({ waiting: number, longest_wait: maybe })),
  blockers: z.array(
    z.object({ pid: number, application: z.string(), seconds: number, blockers: number }),
  ),
  databases: z.array(
    z.object({
      database: z.string(),
      databases: number,
      deadlocks: number,
      committed: number,
      rolled_back: number,
      blocks_hit: number,
      blocks_read: number,
      temp_bytes: number,
    }),
  ),
  /** Null for a database that was dropped meanwhile. */
  sizes: z.array(z.object({ database: z.string(), bytes: maybe })),
} as const satisfies Record<StatementName, z.ZodType>;
export type RowsOf<Name extends StatementName> = z.infer<(typeof ROWS)[Name]>;
