// Asks again and again whether something has ended, slower and slower, up to a time and through short outages of who is asked.
import { setTimeout as sleep } from 'node:timers/promises';
import { ExecutorError } from '../executor.ts';

const FIRST_PAUSE_MS = 250;
const MAX_PAUSE_MS = 5_000;
const GROWTH = 1.5;
/** What passes by itself, such as a restart of the server. */
const PASSING = ['not_sent', 'no_answer', 'timeout', 'unavailable'];

export type Polled<T> =
  | { readonly ended: 'answer'; readonly value: T }
  | { readonly ended: 'timeout' | 'aborted'; readonly lastError: string | undefined };

export interface PollOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** @param ask undefined means "not yet". @throws {ExecutorError} that does not pass by itself. */
export async function poll<T>(
  ask: (signal: AbortSignal) => Promise<T | undefined>,
  { timeoutMs, signal }: PollOptions,
): Promise<Polled<T>> {
  const over = AbortSignal.timeout(Math.max(1, Math.ceil(timeoutMs)));
  const either = AbortSignal.any([signal, over]);
  let lastError: string | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; !either.aborted; pauseMs *= GROWTH) {
    try {
      const value = await ask(either);
      if (value !== undefined) return { ended: 'answer', value };
      lastError = undefined;
    } catch (error) {
      if (either.aborted) break;
      if (!(error instanceof ExecutorError && PASSING.includes(error.reason))) throw error;
      lastError = error.message;
    }
    const ms = Math.min(pauseMs, MAX_PAUSE_MS);
    await sleep(ms, undefined, { signal: either }).catch(() => {});
  }
  return { ended: signal.aborted ? 'aborted' : 'timeout', lastError };
}
