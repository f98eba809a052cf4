// One long-lived `perf stat` for the whole host, restarted with back-off when it dies: 0.1 ms of CPU per report, 10 ms per start.
import { createRestartingChild, endChild } from '../../service/restarting-child.ts';
import { createLineSplitter } from './line-splitter.ts';
import type { NoDataError } from './no-data.ts';
import { type PerfChild, spawnPerf } from './perf-child.ts';
import { perfFailure } from './perf-failure.ts';

const PAUSES = { firstMs: 1_000, maxMs: 300_000 };

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
  return createRestartingChild({
    launch() {
      const { child, gone } = spawnStat(options, listener);
      return { gone, end: (graceMs) => endChild(child, gone, graceMs) };
    },
    pauses: PAUSES,
    onDeath: ({ how }) => listener.exited(perfFailure(how.failure)),
  });
}

function spawnStat(options: PerfStatOptions, listener: PerfStatListener): PerfChild {
  const { events, intervalMs, command = 'perf' } = options;
  const interval = ['-I', String(intervalMs)];
  const args = ['stat', '-a', ...interval, '-x', ',', '--log-fd', '1', '-e', events.join(',')];
  const perf = spawnPerf({ command, args, stdin: 'ignore' });
  perf.stdout.on('data', createLineSplitter(listener.line));
  return perf;
}
