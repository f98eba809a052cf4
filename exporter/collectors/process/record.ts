// One process at one reading: its files as one value, and what is remembered of it until the next.
import { DENIED, type FileText, GONE, type ProcessFiles } from '../../sources/process-files.ts';
import type { KeptFile } from '../../sources/process-kept-files.ts';
import { COUNTER, COUNTER_COUNT, type ProcessReading } from './counters.ts';
import { countProcess, countThreads, spend } from './counting.ts';
import { describe } from './description.ts';
import type { Identifier, Identity } from './identity.ts';
import type { ProcessStat } from './parse.ts';
import { nextCheckAt } from './patience.ts';
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
import { createThreads, forgetTasks, isBornSince, type Threads } from './tasks.ts';

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

/** Files of a process that may stay open. Schedstat and memory always do, the others while it keeps running. */
const BUSY_FILES = ['stat', 'status', 'io'] as const;
type KeptName = 'schedstat' | 'statm' | (typeof BUSY_FILES)[number];
type KeptFiles = { [Name in KeptName]?: KeptFile | undefined };
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
  /** Memory before the last full reading, where nothing may be stale. */
  statmText: FileText;
  /** What the files said at it, where they are read every time. */
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
  /** That and the time of children that it has waited for; and what it grew by between the last two full readings. */
  spentSeconds: number;
  usedSeconds: number;
  /** Until when its time is booked, and when it was looked at last. */
  readAt: number;
  seenAt: number;
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
  /** Whether those that have stood still for long may be left alone. */
  readonly mayWait: boolean;
  /** Whether nothing may be stale: of a process that stands still all is looked at that may change nevertheless. */
  readonly strict: boolean;
  /** Whether wait channels are wanted for themselves. */
  readonly tellsChannels: boolean;
  /** Which reading of the table this is, from 1. */
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
  const { files, startedAt: at } = context;
  const { reading } = record;
  if (!record.settled || isPending(record.reaped) || reading === undefined) return false;
  if (context.mustRead(record.pid)) return false;
  if (!stoodStill(files, record, schedstat)) return false;
  if (context.strict && !saysTheSame(files, record, reading)) return false;
  if (record.rest === undefined) {
    record.rest = beginRest(record, reading, at);
    record.readings = 0;
    if (record.texts === undefined) releaseFiles(record);
  } else continueRest(record.rest, record.counters, at - record.readAt);
  record.rest.checkAt = nextCheckAt(record.pid, record.rest.since, at);
  record.readAt = at;
  record.seenAt = at;
  return true;
}

/**
 * Memory and open files may change without the process having run. All else that is told of it changes in its own context only:
 * its files need to be read again only where their process is not watched by the schedstat of every thread.
 */
function saysTheSame(
  files: ProcessFiles,
  { pid, kept, texts, statmText }: ProcessRecord,
  { openFds }: ProcessReading,
): boolean {
  if (readKept(files, kept, { pid, file: 'statm' }) !== statmText) return false;
  for (const file of texts === undefined ? [] : BUSY_FILES) {
    if (readKept(files, kept, { pid, file }) !== texts![file]) return false;
  }
  // Of kernel threads they are not counted.
  return openFds === 0 || files.countOpenFiles(pid) === openFds;
}

function readKept(
  files: ProcessFiles,
  kept: KeptFiles | undefined,
  { pid, file }: { pid: number; file: KeptName },
): FileText {
  return kept?.[file]?.read() ?? files.read(`${pid}/${file}`);
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
  // Before the values: what changes from now on will be seen.
  const memory = context.strict ? readKept(context.files, known?.kept, { pid, file: 'statm' }) : '';
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
  spend(context, record, stat);
  record.readAt = now;
  record.seenAt = now;
  record.statmText = memory;
  record.readings += 1;
  watch(context, record, { raw, complete });
  return record;
}

/** Decides by which file the next reading will see whether the process ran, and keeps open what pays. */
function watch(
  { files, strict }: ReadingContext,
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
  record.texts = strict && byStat ? { stat: statText, status: statusText, io } : undefined;
  record.settled = complete ? mayRest(threads) : raw.stat.state !== 'R';
  const busy = record.texts !== undefined || record.readings >= BUSY_READINGS;
  if (raw.schedstatText !== '') kept.schedstat ??= files.keep(`${pid}/schedstat`);
  if (strict) kept.statm ??= files.keep(`${pid}/statm`);
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
    kept: {
      ...{ schedstat: undefined, statm: undefined },
      ...{ stat: undefined, status: undefined, io: undefined },
    },
    schedstatText: '',
    statText: '',
    statmText: '',
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
    spentSeconds: Number.NaN,
    usedSeconds: 0,
    readAt: Number.NaN,
    seenAt: Number.NaN,
    inspectable: true,
  };
}
