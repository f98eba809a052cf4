// Models that wait to be fitted: each once, earliest deadline first, the heaviest first among equals, bounded.

/** Series times horizons that may wait. */
export const MAX_WAITING_FITS = 30_000;

export interface FitJob {
  readonly key: string;
  /** Unix seconds since when it is due. */
  readonly due: number;
  /** Unix seconds until which it should be done. A later job has a later deadline, so nothing waits for ever. */
  readonly deadline: number;
  /** Importance: the larger goes first where deadlines are equal. */
  readonly weight: number;
}

export interface FitQueue {
  /** False when the queue is full. A job that waits already keeps its place, but not a worse one than the new. */
  push(job: FitJob): boolean;
  remove(key: string): void;
  /** In the order in which they should be done. */
  waiting(): FitJob[];
  readonly size: number;
  /** How far the most overdue job is behind its deadline, in seconds; 0 when all are in time. */
  lag(now: number): number;
}

export function createFitQueue(maxWaiting = MAX_WAITING_FITS): FitQueue {
  const jobs = new Map<string, FitJob>();
  return {
    push(job) {
      const before = jobs.get(job.key);
      if (before === undefined && jobs.size >= maxWaiting) return false;
      if (before === undefined || job.deadline < before.deadline) jobs.set(job.key, job);
      return true;
    },
    remove: (key) => void jobs.delete(key),
    waiting: () =>
      [...jobs.values()].sort((a, b) => a.deadline - b.deadline || b.weight - a.weight),
    get size() {
      return jobs.size;
    },
    lag(now) {
      let lag = 0;
      for (const { deadline } of jobs.values()) lag = Math.max(lag, now - deadline);
      return lag;
    },
  };
}
