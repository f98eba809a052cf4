// The one thread that learns the past of what is watched: bounded queue, time-out, and how much CPU time it used.
import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';
import type { FitTask, FittedSubject, Followed, FollowTask, WatchAnswer } from './watch-task.ts';

/** Tasks are handed over one by one; more than this is a mistake. */
const MAX_WAITING = 16;
/** Following 11,000 samples takes 40 ms, fitting 40 series of a week 3 s; twenty times that on an overloaded machine. */
const TASK_TIMEOUT_MS = 60_000;
const IDLE_TIMEOUT_MS = 30_000;
const MAX_HEAP_MB = 384;

export interface WatchPool {
  /** @throws {Error} when the thread fails or takes too long. */
  follow(task: FollowTask): Promise<Followed>;
  /** @throws {Error} when the thread fails or takes too long. */
  fit(task: FitTask): Promise<FittedSubject>;
  /** CPU time so far; a task that ended by force counts with its time limit. */
  cpuSeconds(): number;
  close(): Promise<void>;
}

export function createWatchPool(): WatchPool {
  const thread = new Piscina({
    filename: fileURLToPath(new URL('./watch-worker.ts', import.meta.url)),
    name: 'run',
    minThreads: 0,
    maxThreads: 1,
    maxQueue: MAX_WAITING,
    idleTimeout: IDLE_TIMEOUT_MS,
    atomics: 'disabled',
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
  });
  thread.on('error', () => {});
  let cpuSeconds = 0;
  async function ask<T>(task: FollowTask | FitTask): Promise<T> {
    const signal = AbortSignal.timeout(TASK_TIMEOUT_MS);
    try {
      const answer = (await thread.run(task, { signal })) as WatchAnswer;
      cpuSeconds += answer.cpuSeconds;
      return answer as T;
    } catch (error) {
      if (!signal.aborted) throw error;
      cpuSeconds += TASK_TIMEOUT_MS / 1000;
      throw new Error(`learning the past took more than ${TASK_TIMEOUT_MS} ms`, { cause: error });
    }
  }
  return {
    follow: (task) => ask<Followed>(task),
    fit: (task) => ask<FittedSubject>(task),
    cpuSeconds: () => cpuSeconds,
    close: () => thread.destroy(),
  };
}
