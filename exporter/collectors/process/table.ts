// Every process of the host at one reading.
import type { ProcessFiles } from '../../sources/process-files.ts';
import type { ProcessReading } from './counters.ts';
import { readHostActivity } from './host-activity.ts';
import type { Identifier } from './identity.ts';
import { createProcessList } from './list.ts';
import { createPatience, type Patience } from './patience.ts';
import { createReapedLedger } from './reaped.ts';
import {
  closeRecord,
  type ProcessRecord,
  type ReadingContext,
  readProcess,
  told,
  type UnreadableCounts,
} from './record.ts';
import { canWait, leaveAlone } from './rest.ts';
import type { WatchedTask } from './sampler.ts';
import type { Task } from './thread-time.ts';

/** No value of a process that stands still is older, but for one interval between readings: open files, for one, may be shared. */
export const MAX_AGE_SECONDS = 300;
/** Of limits and command lines, which others may change, where all else is read every time. */
const STRICT_MAX_AGE_SECONDS = 60;
const REFRESH_TURNS = 60;
const PROCESSES_PER_STEP = 16;
/** Readings are counted from 1. */
const NEVER = 0;
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
  /** Nothing is stale: of every process all is looked at every time that may have changed. */
  readonly strict?: boolean;
  /** Read the wait channel of every thread, also where the time budget does not need it. */
  readonly tellsChannels?: boolean;
}

export interface TableReading {
  readonly processes: readonly ProcessReading[];
  /** Threads that deserve more looks before the next reading. */
  readonly active: readonly WatchedTask[];
  /** Number of processes whose file could not be read. */
  readonly unreadable: Readonly<UnreadableCounts>;
}

/** State letter and wait channel; the channel is empty or "0" where there is none, or none is known. */
export type SeenThread = Pick<Task, 'state' | 'channel'>;

export interface ProcessTable {
  /** @throws the error of the system when processes cannot be listed. */
  read(): TableReading;
  /** The same in small steps, between which the caller may do something else. Only one reading at a time. */
  steps(): Generator<undefined, TableReading>;
  /** The threads of every process of the last reading; none where they cannot be had. */
  threads(visit: (process: ProcessReading, threads: Iterable<SeenThread>) => void): void;
  /** Closes all files that are kept open; the next reading begins anew. */
  close(): void;
}

/** Remembers every living process from one reading to the next; one that ends while it is read is left out. */
export function createProcessTable(options: TableOptions): ProcessTable {
  const { files, identify, clock, wallClock, sinceBoot = () => 0 } = options;
  const { strict = false, tellsChannels = false } = options;
  const listProcesses = createProcessList(files);
  const records = new Map<number, ProcessRecord>();
  const reaped = createReapedLedger();
  const patience = createPatience();
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
    const activity = readHostActivity(files);
    const context = {
      ...{ files, identify, clock, startedAt, mustRead, count, reaped },
      ...{ strict, tellsChannels },
      mayWait: patience.begin(startedAt, activity) && !strict,
      ...{ bootAt, bootTime, previous, unreadable },
    };
    const pids = listProcesses.next(activity);
    yield undefined;
    const pass: Pass = { context, records, gone: [], ended: [], reached: 0 };
    yield* readAll(pass, pids, patience);
    const { gone, ended } = pass;
    const { processes, active } = tellAll(pass, pids);
    takeUnseen(pass);
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
    threads(visit) {
      for (const record of records.values()) {
        if (record.seen === count) visit(told(record), threadsOf(record));
      }
    },
    close() {
      for (const record of records.values()) closeRecord(record);
      records.clear();
      previous = undefined;
    },
  };
}

function threadsOf({ threads }: ProcessRecord): Iterable<SeenThread> {
  return threads.isDead ? [{ state: 'Z', channel: '' }] : threads.tasks.values();
}

interface Pass {
  readonly context: ReadingContext;
  readonly records: Map<number, ProcessRecord>;
  readonly gone: number[];
  readonly ended: ProcessRecord[];
  /** How many of the records have been. */
  reached: number;
}

/** First those that may have done something; the others only when those do not account for the CPU time of the host. */
function* readAll(pass: Pass, pids: readonly number[], patience: Patience) {
  const { context, records } = pass;
  const waiting: ProcessRecord[] = [];
  let usedSeconds = 0;
  // By index, and without an object for each: this runs for every process of the host.
  for (let index = 0; index < pids.length; index += 1) {
    const pid = pids[index]!;
    const known = records.get(pid);
    if (known !== undefined && canWait(context, known)) {
      reach(pass, known);
      waiting.push(known);
      continue;
    }
    if (index % PROCESSES_PER_STEP === PROCESSES_PER_STEP - 1) yield undefined;
    usedSeconds += readOne(pass, pid, known);
  }
  if (waiting.length === 0) return;
  takeUnseen(pass);
  for (const { spentSeconds } of pass.ended) usedSeconds -= spentSeconds;
  const wait = patience.isExplained(usedSeconds);
  for (let index = 0; index < waiting.length; index += 1) {
    const known = waiting[index]!;
    if (wait) {
      leaveAlone(context, known);
      continue;
    }
    known.seen = NEVER;
    pass.reached -= 1;
    readOne(pass, known.pid, known);
    if (index % PROCESSES_PER_STEP === PROCESSES_PER_STEP - 1) yield undefined;
  }
}

function reach(pass: Pass, record: ProcessRecord): void {
  record.seen = pass.context.count;
  pass.reached += 1;
}

/** @returns CPU seconds that it used since it was read last. */
function readOne(pass: Pass, pid: number, known: ProcessRecord | undefined): number {
  const { context, records, gone, ended } = pass;
  const denied = context.unreadable.stat;
  const record = readProcess(context, pid, known);
  if (record === undefined) {
    if (context.unreadable.stat === denied) gone.push(pid);
    return 0;
  }
  if (record !== known) {
    if (known !== undefined) ended.push(known);
    records.set(pid, record);
  }
  reach(pass, record);
  return record.rest === undefined ? record.usedSeconds : 0;
}

/** What is known now, in the order of the pids. */
function tellAll({ context, records }: Pass, pids: readonly number[]) {
  const processes: ProcessReading[] = [];
  const active: WatchedTask[] = [];
  for (let index = 0; index < pids.length; index += 1) {
    const record = records.get(pids[index]!);
    if (record?.seen !== context.count) continue;
    processes.push(told(record));
    if (record.rest === undefined) addActive(active, record);
    if (record.unreadable.length === 0) continue;
    for (const file of record.unreadable) context.unreadable[file] += 1;
  }
  return { processes, active };
}

/** Those that no reading reached have ended. */
function takeUnseen({ context, records, ended, reached }: Pass): void {
  if (records.size === reached) return;
  // Not by an iterator, which makes an object for each; so it is wherever all processes are gone through.
  records.forEach((record, pid) => {
    if (record.seen === context.count) return;
    closeRecord(record);
    records.delete(pid);
    ended.push(record);
  });
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
