// What the server said beside its answers: which of them lack something, as an absence that is published.
import type { Unavailable } from '../series/finding.ts';
import type { Notice } from './client.ts';

/** For as long a warning is told after the last answer that had it. */
const KEEP_SECONDS = 300;
const MAX_KEPT = 20;
const MAX_QUERY_CHARS = 200;

export interface Notices {
  /** Takes what an answer to this query said, at Unix seconds. */
  take(promql: string, notice: Notice, now: number): void;
  unavailable(now: number): Unavailable[];
}

export function createNotices(): Notices {
  /** By warning: when it last came, and with which query. */
  const kept = new Map<string, { readonly at: number; readonly promql: string }>();
  return {
    take(promql, { warnings }, now) {
      for (const warning of warnings) {
        kept.delete(warning);
        kept.set(warning, { at: now, promql });
      }
      for (const oldest of kept.keys()) if (kept.size > MAX_KEPT) kept.delete(oldest);
    },
    unavailable: (now) =>
      [...kept]
        .filter(([, { at }]) => now - at < KEEP_SECONDS)
        .map(([warning, { promql }]) => ({
          what: 'prometheus',
          signal: '',
          reason: 'partial_answer',
          detail: `the server warns: ${warning}: ${promql.slice(0, MAX_QUERY_CHARS)}`,
        })),
  };
}
