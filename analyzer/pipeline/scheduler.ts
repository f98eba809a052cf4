// Calls one job again and again at a fixed rate, never twice at once: a late run skips its missed turns.

export interface Scheduler {
  start(): void;
  /** Resolves when the run that is under way is over. */
  stop(): Promise<void>;
}

export interface SchedulerOptions {
  readonly intervalMs: number;
  readonly run: () => Promise<void>;
}

export function createScheduler({ intervalMs, run }: SchedulerOptions): Scheduler {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  const turn = () => {
    running ??= run().finally(() => {
      running = undefined;
    });
  };
  return {
    start() {
      if (timer !== undefined) return;
      timer = setInterval(turn, intervalMs);
      turn();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}
