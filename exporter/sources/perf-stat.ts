// One long-lived `perf stat` for the whole host, restarted with back-off when it dies: 0.1 ms of CPU per report, 10 ms per start.
import { createLineSplitter } from './line-splitter.ts';
import type { NoDataError } from './no-data.ts';
import { endPerf, type PerfChild, spawnPerf } from './perf-child.ts';
import { perfFailure } from './perf-failure.ts';

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 300_000;
/** A child that lived this long was healthy: the next one starts after the first back-off again. */
const HEALTHY_AFTER_MS = 60_000;

export interface PerfStatOptions {
  /** Names as in `perf list`, without commas. */
  readonly events: readonly string[];
  readonly intervalMs: number;
  readonly command?: string;
}

export interface PerfStatListener {
  /** One line of a report. */
  line(text: string): void;
  /** A child ended, or could not be started; the next one follows after the back-off. */
  exited(problem: NoDataError): void;
}

export interface PerfStat {
  start(): void;
  stop(): Promise<void>;
}

export type CreatePerfStat = (options: PerfStatOptions, listener: PerfStatListener) => PerfStat;

/**
 * Builds the source without starting anything. There is never more than one child. Should we be killed, the child ends with
 * its next report, because nobody reads it.
 */
export function createPerfStat(options: PerfStatOptions, listener: PerfStatListener): PerfStat {
  let running: PerfChild | undefined;
  let timer: NodeJS.Timeout | undefined;
  let backoffMs = FIRST_BACKOFF_MS;
  let stopped = true;

  const launch = (): void => {
    const startedAt = performance.now();
    const perf = spawnStat(options, listener);
    running = perf;
    void perf.gone.then(({ failure }) => {
      running = undefined;
      if (stopped) return;
      if (performance.now() - startedAt >= HEALTHY_AFTER_MS) backoffMs = FIRST_BACKOFF_MS;
      timer = setTimeout(launch, backoffMs).unref();
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
      listener.exited(perfFailure(failure));
    });
  };
  return {
    start() {
      if (!stopped) return;
      stopped = false;
      launch();
    },
    async stop() {
      stopped = true;
      clearTimeout(timer);
      if (running !== undefined) await endPerf(running);
    },
  };
}

function spawnStat(options: PerfStatOptions, listener: PerfStatListener): PerfChild {
  const { events, intervalMs, command = 'perf' } = options;
  const interval = ['-I', String(intervalMs)];
  const args = ['stat', '-a', ...interval, '-x', ',', '--log-fd', '1', '-e', events.join(',')];
  const perf = spawnPerf({ command, args, stdin: 'ignore' });
  perf.stdout.on('data', createLineSplitter(listener.line));
  return perf;
}
