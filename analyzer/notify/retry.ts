// Tries again what may pass by itself: longer and longer apart, as long as the receiver asks for, and not for ever.
import { setTimeout as sleep } from 'node:timers/promises';
import { NotifyError } from './notify-error.ts';

export interface RetryPolicy {
  readonly attempts: number;
  /** Before the second attempt; doubled before each that follows. */
  readonly firstPauseMs: number;
  /** A receiver that asks for more than this is given up. */
  readonly maxPauseMs: number;
}

export const MESSAGE_RETRY: RetryPolicy = {
  ...{ attempts: 6, firstPauseMs: 2_000, maxPauseMs: 15 * 60_000 },
};
/** Somebody waits for the answer. */
export const TICKET_RETRY: RetryPolicy = { attempts: 3, firstPauseMs: 500, maxPauseMs: 5_000 };

/** @throws {NotifyError} the last, or the first that is final. */
export async function withRetry<T>(
  work: () => Promise<T>,
  policy: RetryPolicy,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof NotifyError) || !error.isRetryable) throw error;
      const pause = pauseOf(error, attempt, policy);
      if (attempt >= policy.attempts || pause > policy.maxPauseMs || signal.aborted) throw error;
      await sleep(pause, undefined, { signal }).catch(() => {
        throw new NotifyError('stopped', `Stopped before another attempt: ${error.message}`);
      });
    }
  }
}

/** Half of it by chance: those who were refused together do not come back together. */
function pauseOf({ retryAfter }: NotifyError, attempt: number, policy: RetryPolicy): number {
  const full = Math.min(policy.maxPauseMs, policy.firstPauseMs * 2 ** (attempt - 1));
  const own = full * (0.5 + 0.5 * Math.random());
  return Math.max(own, (retryAfter ?? 0) * 1000);
}
