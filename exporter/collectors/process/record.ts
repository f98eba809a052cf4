// One process at one reading: its files as one value, and what is remembered of it until the next.
import { DENIED, type FileText, GONE, type ProcessFiles } from '../../sources/process-files.ts';
import type { KeptFile } from '../../sources/process-kept-files.ts';
import { COUNTER, COUNTER_COUNT, type ProcessReading, THREAD_STATES } from './counters.ts';
import { describe } from './description.ts';
import type { Identifier, Identity } from './identity.ts';
import { type ProcessStat, parseIo } from './parse.ts';
import { type RawProcess, readRaw } from './raw.ts';
import { createReaped, isPending, type Reaped, type ReapedLedger } from './reaped.ts';
import {
  beginRest,
  continueRest,
  endRest,
  MAX_WATCHED_TASKS,
  mayRest,
  type Rest,
  stoodStill,
} from './rest.ts';
import {
  createThreads,
  forgetTasks,
  isBornSince,
  type ReadingTime,
  readThreads,
  type Threads,
} from './tasks.ts';

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
type UnreadableFile = (typeof UNREADABLE_FILES)[number];
export type UnreadableCounts = Record<UnreadableFile, number>;

/** Files of a process that may stay open. Schedstat always does, the others while it keeps running. */
const BUSY_FILES = ['stat', 'status', 'io'] as const;
type KeptFiles = { [Name in 'schedstat' | (typeof BUSY_FILES)[number]]?: KeptFile | undefined };
/** After so many readings in a row at which it had run, a process is expected to run on. */
const BUSY_READINGS = 2;

/** What is remembered of a process; pid and start time together name it. */
export interface ProcessRecord {
  readonly pid: number;
  readonly startTicks: number;
  parentPid: number;
  readonly counters: Float64Array;
  readonly reaped: Reaped;
  readonly threads: Threads;
  readonly kept: KeptFiles;
  schedstatText: string;
  /** Of a process that is watched by its stat file, else empty. */
  statText: string;
  /** What the files said at the last full reading, where all of them are read every time. */
  texts: { readonly [Name in (typeof BUSY_FILES)[number]]: FileText } | undefined;
  /** The last full reading. */
  reading: ProcessReading | undefined;
  /** Counts the readings of the table: those that were not reached by the last one have ended. */
  seen: number;
  /** Set while the process stands still. */
  rest: Rest | undefined;
  /** Whether standing still can be noticed and means that nothing changes. */
  settled: boolean;
  /** Full readings in a row. */
  readings: number;
  unreadable: UnreadableFile[];
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
  /** When this reading began. */
  readonly startedAt: number;
  /** Whether a process is to be read in full although it stood still. */
  readonly mustRead: (pid: number) => boolean;
  /** Whether all files are to stay open, because all are read every time. */
  readonly keepsAll: boolean;
  /** Which reading of the table this is. */
  readonly count: number;
  readonly reaped: ReapedLedger;
  /** Monotonic and Unix time of boot; NaN when unknown. */
  readonly bootAt: number;
  readonly bootTime: number;
  readonly previous: number | undefined;
  /** Counted up while reading, for processes that leave no record. */
  readonly unreadable: UnreadableCounts;
}

/** What the last reading told of the process. */
export function told({ rest, reading }: ProcessRecord): ProcessReading {
  return rest?.reading ?? reading!;
}

/** Undefined when the process ended while it was read, or may not be seen at all. */
export function readProcess(
  context: ReadingContext,
  pid: number,
  known: ProcessRecord | undefined,
): ProcessRecord | undefined {
  const first = known?.kept.schedstat?.read();
  if (known !== undefined && first !== GONE) {
    const schedstat = first ?? context.files.read(`${pid}/schedstat`);
    if (rests(context, known, schedstat)) return known;
    return readInFull(context, pid, { known, schedstat });
  }
  if (known !== undefined) closeRecord(known);
  return readInFull(context, pid, { known: undefined, schedstat: undefined });
}

/** Closes the files that are kept open for a process. */
export function closeRecord({ kept, threads }: ProcessRecord): void {
  for (const file of Object.values(kept)) file?.close();
  forgetTasks(threads);
}

/** Whether the process stands still; then one more interval of rest is booked. */
function rests(context: ReadingContext, record: ProcessRecord, schedstat: FileText): boolean {
  const { files, startedAt: at, count } = context;
  const { reading } = record;
  if (!record.settled || isPending(record.reaped) || reading === undefined) return false;
  if (context.mustRead(record.pid)) return false;
  if (!stoodStill(files, record, schedstat)) return false;
  if (context.keepsAll && !saysTheSame(files, record, reading)) return false;
  if (record.rest === undefined) {
    record.rest = beginRest(record, reading, at);
    record.readings = 0;
    if (!context.keepsAll) releaseFiles(record);
  } else continueRest(record.rest, record.counters, at - record.readAt);
  record.readAt = at;
  record.seen = count;
  return true;
}

/** Memory and open files may change without the process having run. */
function saysTheSame(
  files: ProcessFiles,
  { pid, kept, texts }: ProcessRecord,
  { openFds }: ProcessReading,
): boolean {
  if (texts === undefined) return false;
  for (const file of BUSY_FILES) {
    if ((kept[file]?.read() ?? files.read(`${pid}/${file}`)) !== texts[file]) return false;
  }
  // Of kernel threads they are not counted.
  return openFds === 0 || files.countOpenFiles(pid) === openFds;
}

interface Beginning {
  readonly known: ProcessRecord | undefined;
  /** What is read of the main thread already. */
  readonly schedstat: FileText | undefined;
}

function readInFull(
  context: ReadingContext,
  pid: number,
  { known, schedstat }: Beginning,
): ProcessRecord | undefined {
  const raw = readRaw(context, pid, { kept: known?.kept, schedstat });
  const same = raw !== undefined && known?.startTicks === raw.stat.startTicks;
  if (known !== undefined && !same) closeRecord(known);
  if (raw === undefined) return undefined;
  const record = same ? known! : createRecord(context, pid, raw.stat);
  const { now, stat, status } = raw;
  if (record.rest !== undefined) endRest(record.threads, record.readAt);
  record.rest = undefined;
  record.unreadable = [];
  record.inspectable = raw.io !== DENIED;
  record.identity = context.identify({ pid, stat, uid: status.uid, now }, record.identity);
  if (record.identity.exeDenied) record.unreadable.push('exe');
  countProcess(context, record, raw);
  const complete = countThreads(context, record, raw);
  record.reading = describe(context, { record, identity: record.identity, raw });
  record.cpuSeconds = stat.userSeconds + stat.systemSeconds;
  record.readAt = now;
  record.readings += 1;
  record.seen = context.count;
  watch(context, record, { raw, complete });
  return record;
}

/** Decides by which file the next reading will see whether the process ran, and keeps open what pays. */
function watch(
  { files, keepsAll }: ReadingContext,
  record: ProcessRecord,
  { raw, complete }: { raw: RawProcess; complete: boolean },
): void {
  const { pid, kept, threads } = record;
  // Where the kernel keeps no scheduler statistics the file stands still whatever the process does.
  const silent = (raw.schedstat?.slices ?? 0) === 0;
  const byStat = !complete || silent || threads.tids.length > MAX_WATCHED_TASKS;
  record.schedstatText = raw.schedstatText;
  record.statText = byStat ? raw.statText : '';
  const { statText, statusText, io } = raw;
  record.texts = keepsAll ? { stat: statText, status: statusText, io } : undefined;
  record.settled = complete ? mayRest(threads) : raw.stat.state !== 'R';
  const busy = keepsAll || record.readings >= BUSY_READINGS;
  if (raw.schedstatText !== '') kept.schedstat ??= files.keep(`${pid}/schedstat`);
  if (byStat) kept.stat ??= files.keep(`${pid}/stat`);
  for (const file of busy ? BUSY_FILES : []) kept[file] ??= files.keep(`${pid}/${file}`);
}

function releaseFiles({ kept, statText }: ProcessRecord): void {
  for (const file of BUSY_FILES) {
    if (file === 'stat' && statText !== '') continue;
    kept[file]?.close();
    kept[file] = undefined;
  }
}

function createRecord(context: ReadingContext, pid: number, stat: ProcessStat): ProcessRecord {
  const { startTicks, parentPid, reapedUserSeconds: user, reapedSystemSeconds: system } = stat;
  // What it had waited for before anybody looked is no news.
  const isNew = isBornSince(context, startTicks);
  const counters = new Float64Array(COUNTER_COUNT);
  counters[COUNTER.undividedSeconds] = Number.NaN;
  return {
    pid,
    startTicks,
    parentPid,
    counters,
    reaped: createReaped(isNew ? { user: 0, system: 0 } : { user, system }),
    threads: createThreads(),
    kept: { schedstat: undefined, stat: undefined, status: undefined, io: undefined },
    schedstatText: '',
    statText: '',
    texts: undefined,
    reading: undefined,
    seen: 0,
    rest: undefined,
    settled: false,
    readings: 0,
    unreadable: [],
    identity: undefined,
    openFilesLimit: Number.NaN,
    limitReadAt: Number.NEGATIVE_INFINITY,
    cpuSeconds: Number.NaN,
    readAt: Number.NaN,
    inspectable: true,
  };
}

function countProcess(context: ReadingContext, record: ProcessRecord, raw: RawProcess): void {
  const { counters, reaped, unreadable } = record;
  const { stat, io } = raw;
  record.parentPid = stat.parentPid;
  context.reaped.note(record, { user: stat.reapedUserSeconds, system: stat.reapedSystemSeconds });
  counters[COUNTER.userSeconds] = stat.userSeconds + reaped.credited.user;
  counters[COUNTER.systemSeconds] = stat.systemSeconds + reaped.credited.system;
  counters[COUNTER.majorFaults] = stat.majorFaults;
  counters[COUNTER.minorFaults] = stat.minorFaults;
  const bytes = typeof io === 'string' ? parseIo(io) : undefined;
  if (bytes === undefined) unreadable.push('io');
  counters[COUNTER.readBytes] = bytes?.readBytes ?? Number.NaN;
  counters[COUNTER.writtenBytes] = bytes?.writtenBytes ?? Number.NaN;
}

/** What cannot be told is NaN: without wait channels a lock looks like sleep, without schedstat there is no budget at all. */
function countThreads(context: ReadingContext, record: ProcessRecord, raw: RawProcess): boolean {
  const { files, keepsAll, bootAt, previous } = context;
  const { pid, counters, threads, inspectable, unreadable } = record;
  for (const name of THREAD_COUNTERS) {
    if (Number.isNaN(counters[COUNTER[name]])) counters[COUNTER[name]] = 0;
  }
  const { stat, status, schedstat } = raw;
  const time: ReadingTime = { now: raw.now, bootAt, previous };
  const keepsTasks = keepsAll || stat.threads <= MAX_WATCHED_TASKS;
  const process = { pid, stat, status, schedstat, keepsTasks, inspectable, time };
  const complete = readThreads({ files, process, threads, counters });
  if (!complete) unreadable.push('schedstat');
  if (!inspectable) unreadable.push('wchan');
  for (const name of complete ? [] : THREAD_COUNTERS) counters[COUNTER[name]] = Number.NaN;
  for (const name of inspectable ? [] : CHANNEL_STATES) counters[COUNTER[name]] = Number.NaN;
  return complete;
}
