// When the probes run: each on its own interval from a random start, never beside itself, so many at once at most.

export interface ScheduledJob {
  readonly intervalSeconds: number;
  /** Ends early when the signal aborts. Must not reject. */
  run(stop: AbortSignal): Promise<void>;
}

export interface ScheduleOptions {
  readonly maxConcurrent: number;
  /** At least 0, below 1; spreads the first runs. */
  readonly random: () => number;
}

export interface Schedule {
  start(): void;
  /** Ends what runs and starts nothing more. */
  stop(): Promise<void>;
}

/** The first result is not to be waited for longer than this, however long the interval is. */
const MAX_FIRST_DELAY_SECONDS = 15;

/** A run that is due while the one before it is waiting or running is left out. A schedule can be started once. */
export function createSchedule(jobs: readonly ScheduledJob[], options: ScheduleOptions): Schedule {
  const { maxConcurrent, random } = options;
  const abort = new AbortController();
  const timers = new Set<NodeJS.Timeout>();
  /** At most one entry per job. */
  const queue: ScheduledJob[] = [];
  const running = new Map<ScheduledJob, Promise<void>>();

  const startWaiting = (): void => {
    while (running.size < maxConcurrent && !abort.signal.aborted) {
      const job = queue.shift();
      if (job === undefined) return;
      const run = job.run(abort.signal).finally(() => {
        running.delete(job);
        startWaiting();
      });
      running.set(job, run);
    }
  };
  const due = (job: ScheduledJob): void => {
    if (running.has(job) || queue.includes(job)) return;
    queue.push(job);
    startWaiting();
  };
  const begin = (job: ScheduledJob): void => {
    due(job);
    timers.add(setInterval(due, job.intervalSeconds * 1000, job).unref());
  };
  return {
    start() {
      for (const job of jobs) {
        const spreadMs = Math.min(job.intervalSeconds, MAX_FIRST_DELAY_SECONDS) * 1000;
        const delayMs = Math.floor(random() * spreadMs);
        if (delayMs === 0) begin(job);
        else timers.add(setTimeout(begin, delayMs, job).unref());
      }
    },
    async stop() {
      abort.abort();
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(running.values());
    },
  };
}
