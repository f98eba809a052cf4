// Every process of the host at one reading.
import type { ProcessFiles } from '../sources/process-files.ts';
import type { ProcessReading } from './process-counters.ts';
import type { Identifier } from './process-identity.ts';
import {
  type ProcessRecord,
  type ReadingContext,
  readProcess,
  type UnreadableCounts,
} from './process-record.ts';
import type { WatchedTask } from './process-sampler.ts';

/** The wall clock was set when the time of boot moves by more. */
const MAX_BOOT_TIME_DRIFT_SECONDS = 1;

export interface TableOptions {
  readonly files: ProcessFiles;
  readonly identify: Identifier;
  /** Monotonic seconds. */
  readonly clock: () => number;
  /** Unix seconds. */
  readonly wallClock: () => number;
}

export interface TableReading {
  readonly processes: readonly ProcessReading[];
  /** Threads that deserve more looks before the next reading. */
  readonly active: readonly WatchedTask[];
  /** Number of processes whose file could not be read. */
  readonly unreadable: Readonly<UnreadableCounts>;
}

export interface ProcessTable {
  /** @throws the error of the system when processes cannot be listed. */
  read(): TableReading;
}

/** Remembers every living process from one reading to the next; one that ends while it is read is left out. */
export function createProcessTable(options: TableOptions): ProcessTable {
  let records: ReadonlyMap<number, ProcessRecord> = new Map();
  let previous: number | undefined;
  let bootTime = Number.NaN;
  return {
    read() {
      const { files, identify, clock, wallClock } = options;
      const startedAt = clock();
      const uptime = readUptime(files);
      bootTime = steady(bootTime, wallClock() - uptime);
      const unreadable = { exe: 0, fd: 0, io: 0, limits: 0, schedstat: 0, stat: 0, wchan: 0 };
      const bootAt = startedAt - uptime;
      const context = { files, identify, clock, bootAt, bootTime, previous, unreadable };
      const { living, processes } = readAll(context, records);
      records = living;
      previous = startedAt;
      return { processes, active: listActive(living), unreadable };
    },
  };
}

function readAll(context: ReadingContext, records: ReadonlyMap<number, ProcessRecord>) {
  const living = new Map<number, ProcessRecord>();
  const processes: ProcessReading[] = [];
  for (const pid of context.files.listProcesses()) {
    const found = readProcess(context, pid, records.get(pid));
    if (found === undefined) continue;
    living.set(pid, found.record);
    processes.push(found.reading);
  }
  return { living, processes };
}

function listActive(records: ReadonlyMap<number, ProcessRecord>): WatchedTask[] {
  const active: WatchedTask[] = [];
  for (const { pid, threads, inspectable } of records.values()) {
    for (const task of threads.active) active.push({ pid, task, inspectable });
  }
  return active;
}

/** Seconds since boot, or NaN. */
function readUptime(files: ProcessFiles): number {
  const text = files.read('uptime');
  return typeof text === 'string' ? Number.parseFloat(text) : Number.NaN;
}

/** Start times must not tremble from scrape to scrape: the time of boot moves only when the clock was set. */
function steady(known: number, measured: number): number {
  return Math.abs(known - measured) <= MAX_BOOT_TIME_DRIFT_SECONDS ? known : measured;
}
