// What may be asked of /debug/flamegraph. Apart from flamegraph.ts, which loads it at the first request.
import { z } from 'zod';
import { MAX_SECONDS } from './sources/perf-record.ts';

const querySchema = z.object({
  group: z.string().min(1).max(500),
  seconds: z.coerce.number().min(1).max(MAX_SECONDS).default(5),
  format: z.enum(['html', 'folded']).default('html'),
});
export type FlamegraphQuery = z.infer<typeof querySchema>;

/** The query with its defaults, or what is wrong with it. */
export function parseQuery(query: unknown): FlamegraphQuery | { readonly problem: string } {
  const { data, error } = querySchema.safeParse(query);
  if (data !== undefined) return data;
  const problem = error.issues
    .map(({ path, message }) => `${path.join('.')}: ${message.replace(/^Invalid input: /, '')}`)
    .join('; ');
  return { problem };
}
