// The end of `npm start`: the first signal stops everything in order, a second Ctrl-C kills, and nothing stays behind.

/** One key press can arrive several times: from the terminal, from npm, from the launcher. */
const SAME_KEY_MS = 300;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Stoppable {
  stop(): Promise<void>;
  /** Without waiting. */
  kill(): void;
}

export interface Stopper {
  isStopping(): boolean;
  /** What has to end before this process does; all end at the same time. */
  onStop(stoppable: Stoppable): void;
  /** Ends everything and then the process. */
  stop(exitCode: number): Promise<void>;
  /** Returns early when the end comes. */
  sleep(ms: number): Promise<void>;
}

/** Installs the signal handlers; `say` gets one line when the end begins. */
export function createStopper(say: (line: string) => void): Stopper {
  const stoppables: Stoppable[] = [];
  const stopping = Promise.withResolvers<void>();
  let stoppedAtMs: number | undefined;

  const stop = async (exitCode: number): Promise<void> => {
    if (stoppedAtMs !== undefined) return;
    stoppedAtMs = performance.now();
    stopping.resolve();
    await Promise.allSettled(stoppables.map((each) => each.stop()));
    process.exit(exitCode);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    if (stoppedAtMs === undefined) {
      say('Stopping everything (Ctrl-C again kills at once)…');
      void stop(0);
      return;
    }
    if (signal !== 'SIGINT' || performance.now() - stoppedAtMs < SAME_KEY_MS) return;
    for (const each of stoppables) each.kill();
    process.exit(1);
  };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  // Nobody reads any more (`npm start | head`, a closed terminal): the end that a signal would bring.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => void stop(0));

  return {
    isStopping: () => stoppedAtMs !== undefined,
    onStop: (stoppable) => void stoppables.push(stoppable),
    stop,
    sleep: async (ms) => {
      let timer: NodeJS.Timeout | undefined;
      const elapsed = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, ms);
      });
      await Promise.race([elapsed, stopping.promise]);
      clearTimeout(timer);
    },
  };
}
