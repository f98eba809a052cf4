// One after the other, in the order of asking, with a bound on how many wait and for how long.
import { StoreUnavailableError } from './database.ts';

const MAX_WAITING = 1_000;
/** Also ends a wait for oneself: a transaction that asks the store beside its own. */
const MAX_WAIT_MS = 10_000;

export interface TurnQueue {
  /** @throws {StoreUnavailableError} when too many wait, or for too long: then `work` is not called. */
  take<T>(work: () => Promise<T> | T): Promise<T>;
}

export function createTurnQueue(
  { maxWaiting, maxWaitMs } = { maxWaiting: MAX_WAITING, maxWaitMs: MAX_WAIT_MS },
): TurnQueue {
  const waiting = new Set<() => void>();
  let isTaken = false;

  function enter(): Promise<void> {
    if (!isTaken) {
      isTaken = true;
      return Promise.resolve();
    }
    if (waiting.size >= maxWaiting)
      return Promise.reject(busy(`${waiting.size} others wait for it`));
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        waiting.delete(begin);
        reject(busy(`it was busy for ${maxWaitMs} ms`));
      }, maxWaitMs);
      waiting.add(begin);
    });
  }

  function leave(): void {
    const [next] = waiting;
    if (next === undefined) {
      isTaken = false;
      return;
    }
    waiting.delete(next);
    next();
  }

  return {
    async take(work) {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}

function busy(why: string): StoreUnavailableError {
  return new StoreUnavailableError('busy', `Cannot use the store: ${why}`);
}
