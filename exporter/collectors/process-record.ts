// One process at one reading: its files as one value, and what is remembered of it until the next.
import {
  DENIED,
  type FileText,
  GONE,
  type ProcessFiles,
  type Unreadable,
} from '../sources/process-files.ts';
import { COUNTER, COUNTER_COUNT, type ProcessReading, THREAD_STATES } from './process-counters.ts';
import type { Identifier, Identity } from './process-identity.ts';
import { labelName } from './process-interpreters.ts';
import {
  type ProcessStat,
  type ProcessStatus,
  parseIo,
  parseOpenFilesLimit,
  parseSchedstat,
  parseStat,
  parseStatus,
  type Schedstat,
  TICKS_PER_SECOND,
} from './process-parse.ts';
import {
  createThreads,
  isDead,
  type ReadingTime,
  readThreads,
  type Threads,
} from './process-tasks.ts';

/** Limits change by prlimit only: they are read again after this long. */
const LIMIT_MAX_AGE_SECONDS = 60;
/** Up to this CPU time a schedstat of zeros is believed; above it the kernel keeps none. */
const MAX_UNCOUNTED_CPU_SECONDS = 0.05;
/** States that only the wait channel tells from sleep and disk. */
const CHANNEL_STATES = ['lock', 'paging'] as const;
const THREAD_COUNTERS = [...THREAD_STATES, 'voluntarySwitches', 'involuntarySwitches'] as const;

/** Files that this user may not read, or this kernel does not have: the values of the label `file`. */
export const UNREADABLE_FILES = [
  'exe',
  'fd',
  'io',
  'limits',
  'schedstat',
  'stat',
  'wchan',
] as const;
export type UnreadableCounts = Record<(typeof UNREADABLE_FILES)[number], number>;

/** What is remembered of a process; pid and start time together name it. */
export interface ProcessRecord {
  readonly pid: number;
  readonly startTicks: number;
  readonly counters: Float64Array;
  readonly threads: Threads;
  identity: Identity | undefined;
  openFilesLimit: number;
  limitReadAt: number;
  cpuSeconds: number;
  readAt: number;
  /** Whether this user may see its wait channels. */
  inspectable: boolean;
}

/** What all processes of one reading share. */
export interface ReadingContext {
  readonly files: ProcessFiles;
  readonly identify: Identifier;
  readonly clock: () => number;
  /** Monotonic and Unix time of boot; NaN when unknown. */
  readonly bootAt: number;
  readonly bootTime: number;
  readonly previous: number | undefined;
  /** Counted up while reading. */
  readonly unreadable: UnreadableCounts;
}

export interface RecordReading {
  readonly record: ProcessRecord;
  readonly reading: ProcessReading;
}

/** Undefined when the process ended while it was read, or may not be seen at all. */
export function readProcess(
  context: ReadingContext,
  pid: number,
  known: ProcessRecord | undefined,
): RecordReading | undefined {
  const raw = readRaw(context, pid);
  if (raw === undefined) return undefined;
  const record = known?.startTicks === raw.stat.startTicks ? known : createRecord(pid, raw.stat);
  const { now, stat, status } = raw;
  record.inspectable = raw.io !== DENIED;
  record.identity = context.identify({ pid, stat, uid: status.uid, now }, record.identity);
  if (record.identity.exeDenied) context.unreadable.exe += 1;
  countProcess(context, record, raw);
  countThreads(context, record, raw);
  const reading = describe(context, { record, identity: record.identity, raw });
  record.cpuSeconds = stat.userSeconds + stat.systemSeconds;
  record.readAt = now;
  return { record, reading };
}

interface RawProcess {
  readonly schedstat: Schedstat | undefined;
  readonly stat: ProcessStat;
  readonly status: ProcessStatus;
  readonly io: FileText;
  readonly openFds: number | Unreadable;
  readonly now: number;
}

/** The main thread's schedstat comes before its state: if it has not moved by the next reading, the state still holds. */
function readRaw(
  { files, clock, unreadable }: ReadingContext,
  pid: number,
): RawProcess | undefined {
  const schedstat = files.read(`${pid}/schedstat`);
  const now = clock();
  const statText = files.read(`${pid}/stat`);
  const statusText = files.read(`${pid}/status`);
  const stat = typeof statText === 'string' ? parseStat(statText) : undefined;
  if (stat === undefined || typeof statusText !== 'string') {
    if (statText === DENIED || statusText === DENIED) unreadable.stat += 1;
    return undefined;
  }
  const io = files.read(`${pid}/io`);
  const openFds = stat.kernel ? 0 : files.countOpenFiles(pid);
  const missing = schedstat === GONE || io === GONE || openFds === GONE;
  if (missing && files.read(`${pid}/stat`) === GONE) return undefined;
  const status = parseStatus(statusText);
  return { schedstat: believable(schedstat, stat), stat, status, io, openFds, now };
}

/** A kernel that keeps no scheduler statistics writes zeros. */
function believable(text: FileText, stat: ProcessStat): Schedstat | undefined {
  const schedstat = typeof text === 'string' ? parseSchedstat(text) : undefined;
  const cpuSeconds = stat.userSeconds + stat.systemSeconds;
  return schedstat?.slices === 0 && cpuSeconds > MAX_UNCOUNTED_CPU_SECONDS ? undefined : schedstat;
}

function createRecord(pid: number, { startTicks }: ProcessStat): ProcessRecord {
  const counters = new Float64Array(COUNTER_COUNT);
  counters[COUNTER.undividedSeconds] = Number.NaN;
  return {
    pid,
    startTicks,
    counters,
    threads: createThreads(),
    identity: undefined,
    openFilesLimit: Number.NaN,
    limitReadAt: Number.NEGATIVE_INFINITY,
    cpuSeconds: Number.NaN,
    readAt: Number.NaN,
    inspectable: true,
  };
}

function countProcess(
  { unreadable }: ReadingContext,
  { counters }: ProcessRecord,
  { stat, io }: RawProcess,
): void {
  counters[COUNTER.userSeconds] = stat.userSeconds;
  counters[COUNTER.systemSeconds] = stat.systemSeconds;
  counters[COUNTER.majorFaults] = stat.majorFaults;
  counters[COUNTER.minorFaults] = stat.minorFaults;
  const bytes = typeof io === 'string' ? parseIo(io) : undefined;
  if (bytes === undefined) unreadable.io += 1;
  counters[COUNTER.readBytes] = bytes?.readBytes ?? Number.NaN;
  counters[COUNTER.writtenBytes] = bytes?.writtenBytes ?? Number.NaN;
}

/** What cannot be told is NaN: without wait channels a lock looks like sleep, without schedstat there is no budget at all. */
function countThreads(context: ReadingContext, record: ProcessRecord, raw: RawProcess): void {
  const { files, unreadable, bootAt, previous } = context;
  const { pid, counters, threads, inspectable } = record;
  for (const name of THREAD_COUNTERS) {
    if (Number.isNaN(counters[COUNTER[name]])) counters[COUNTER[name]] = 0;
  }
  const { stat, status, schedstat } = raw;
  const time: ReadingTime = { now: raw.now, bootAt, previous };
  const process = { pid, stat, status, schedstat, inspectable, time };
  const complete = readThreads({ files, process, threads, counters });
  if (!complete) unreadable.schedstat += 1;
  if (!inspectable) unreadable.wchan += 1;
  for (const name of complete ? [] : THREAD_COUNTERS) counters[COUNTER[name]] = Number.NaN;
  for (const name of inspectable ? [] : CHANNEL_STATES) counters[COUNTER[name]] = Number.NaN;
}

function describe(
  context: ReadingContext,
  of: { record: ProcessRecord; identity: Identity; raw: RawProcess },
): ProcessReading {
  const { record, identity } = of;
  const { stat, status, now } = of.raw;
  const openFds = typeof of.raw.openFds === 'number' ? of.raw.openFds : Number.NaN;
  if (Number.isNaN(openFds)) context.unreadable.fd += 1;
  const limit = stat.kernel ? Number.POSITIVE_INFINITY : readLimit(context, record, now);
  const cpuSeconds = stat.userSeconds + stat.systemSeconds - record.cpuSeconds;
  return {
    pid: record.pid,
    startTicks: stat.startTicks,
    startSeconds: context.bootTime + stat.startTicks / TICKS_PER_SECOND,
    comm: labelName(stat.comm),
    exe: identity.exe,
    group: identity.group,
    counters: record.counters,
    residentBytes: status.residentBytes,
    anonymousBytes: status.anonymousBytes,
    virtualBytes: status.virtualBytes,
    swapBytes: status.swapBytes,
    openFds,
    fdLimitUsedRatio: limit > 0 ? openFds / limit : Number.NaN,
    threads: isDead(stat) ? 0 : stat.threads,
    cpuRatio: Math.max(0, cpuSeconds / (now - record.readAt)),
    busiestThreadRatio: record.threads.busiestRatio,
  };
}

/** The soft limit of open files, NaN when unreadable. */
function readLimit({ files, unreadable }: ReadingContext, record: ProcessRecord, now: number) {
  if (now - record.limitReadAt >= LIMIT_MAX_AGE_SECONDS) {
    const text = files.read(`${record.pid}/limits`);
    record.openFilesLimit = typeof text === 'string' ? parseOpenFilesLimit(text) : Number.NaN;
    record.limitReadAt = now;
  }
  if (Number.isNaN(record.openFilesLimit)) unreadable.limits += 1;
  return record.openFilesLimit;
}
