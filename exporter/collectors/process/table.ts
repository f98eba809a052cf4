// Every process of the host at one reading.
import type { ProcessFiles } from '../../sources/process-files.ts';
import type { ProcessReading } from './counters.ts';
import type { Identifier } from './identity.ts';
import { createProcessList } from './list.ts';
import { createReapedLedger } from './reaped.ts';
import {
  closeRecord,
  type ProcessRecord,
  type ReadingContext,
  readProcess,
  told,
  type UnreadableCounts,
} from './record.ts';
import type { WatchedTask } from './sampler.ts';

/** No value of a process that stands still is older, but for one interval between readings: open files, for one, may be shared. */
export const MAX_AGE_SECONDS = 300;
/** Of limits and command lines, which others may change, where all else is read every time. */
const STRICT_MAX_AGE_SECONDS = 60;
const REFRESH_TURNS = 60;
const PROCESSES_PER_STEP = 16;
/** The wall clock was set when the time of boot moves by more. */
const MAX_BOOT_TIME_DRIFT_SECONDS = 1;

export interface TableOptions {
  readonly files: ProcessFiles;
  readonly identify: Identifier;
  /** Monotonic seconds. */
  readonly clock: () => number;
  /** Unix seconds. */
  readonly wallClock: () => number;
  /** Seconds since boot by another clock: in an LXC container `/proc/uptime` counts from its start, start times do not. */
  readonly sinceBoot?: (() => number) | undefined;
  /** Read every file of every process every time, instead of only of those that ran. */
  readonly strict?: boolean;
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
  /** The same in small steps, between which the caller may do something else. Only one reading at a time. */
  steps(): Generator<undefined, TableReading>;
  /** Closes all files that are kept open; the next reading begins anew. */
  close(): void;
}

/** Remembers every living process from one reading to the next; one that ends while it is read is left out. */
export function createProcessTable(options: TableOptions): ProcessTable {
  const { files, identify, clock, wallClock, sinceBoot = () => 0, strict = false } = options;
  const listProcesses = createProcessList(files);
  const records = new Map<number, ProcessRecord>();
  const reaped = createReapedLedger();
  let count = 0;
  let previous: number | undefined;
  let bootTime = Number.NaN;
  function* steps(): Generator<undefined, TableReading> {
    const startedAt = clock();
    const uptime = Math.max(readUptime(files), sinceBoot());
    bootTime = steady(bootTime, wallClock() - uptime);
    const unreadable = { exe: 0, fd: 0, io: 0, limits: 0, schedstat: 0, stat: 0, wchan: 0 };
    const bootAt = startedAt - uptime;
    const maxAge = strict ? STRICT_MAX_AGE_SECONDS : MAX_AGE_SECONDS;
    const mustRead = refreshBetween(previous, startedAt, maxAge);
    count += 1;
    const context = {
      files,
      identify,
      clock,
      startedAt,
      mustRead,
      keepsAll: strict,
      count,
      reaped,
    };
    const pids = listProcesses.next();
    yield undefined;
    const all = { ...context, bootAt, bootTime, previous, unreadable };
    const { processes, gone, active, ended } = yield* readAll(all, records, pids);
    if (records.size > processes.length) ended.push(...takeUnseen(records, count));
    reaped.forget(ended, records);
    reaped.settle();
    previous = startedAt;
    listProcesses.ended(gone);
    return { processes, active, unreadable };
  }
  return {
    steps,
    read() {
      const reading = steps();
      for (;;) {
        const { done, value } = reading.next();
        if (done === true) return value;
      }
    },
    close() {
      for (const record of records.values()) closeRecord(record);
      records.clear();
      previous = undefined;
    },
  };
}

function* readAll(
  context: ReadingContext,
  records: Map<number, ProcessRecord>,
  pids: readonly number[],
) {
  const processes: ProcessReading[] = [];
  const gone: number[] = [];
  const active: WatchedTask[] = [];
  const ended: ProcessRecord[] = [];
  // By index, and without an object for each: this runs for every process of the host.
  for (let index = 0; index < pids.length; index += 1) {
    if (index % PROCESSES_PER_STEP === PROCESSES_PER_STEP - 1) yield undefined;
    const pid = pids[index]!;
    const denied = context.unreadable.stat;
    const known = records.get(pid);
    const record = readProcess(context, pid, known);
    if (record === undefined) {
      if (context.unreadable.stat === denied) gone.push(pid);
      continue;
    }
    if (record !== known) {
      if (known !== undefined) ended.push(known);
      records.set(pid, record);
    }
    processes.push(told(record));
    if (record.rest === undefined) addActive(active, record);
    if (record.unreadable.length === 0) continue;
    for (const file of record.unreadable) context.unreadable[file] += 1;
  }
  return { processes, gone, active, ended };
}

function takeUnseen(records: Map<number, ProcessRecord>, count: number): ProcessRecord[] {
  const unseen: ProcessRecord[] = [];
  for (const [pid, record] of records) {
    if (record.seen === count) continue;
    closeRecord(record);
    records.delete(pid);
    unseen.push(record);
  }
  return unseen;
}

/** Spread over the pids, so that each reading refreshes a few: the ones whose turn fell between the last reading and now. */
function refreshBetween(
  previous: number | undefined,
  now: number,
  maxAgeSeconds: number,
): (pid: number) => boolean {
  const turnSeconds = maxAgeSeconds / REFRESH_TURNS;
  const first = Math.floor((previous ?? now) / turnSeconds) + 1;
  const turns = Math.floor(now / turnSeconds) + 1 - first;
  return (pid) => {
    const turn = (pid - first) % REFRESH_TURNS;
    return (turn < 0 ? turn + REFRESH_TURNS : turn) < turns;
  };
}

function addActive(active: WatchedTask[], record: ProcessRecord): void {
  const { pid, threads, inspectable, counters } = record;
  for (const task of threads.active) active.push({ pid, task, inspectable, counters });
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
