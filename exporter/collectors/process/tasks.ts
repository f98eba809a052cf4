// The threads of one process: every thread's schedstat at every reading, its state and switches only when it has moved.
import { DENIED, type FileText, GONE, type ProcessFiles } from '../../sources/process-files.ts';
import { COUNTER } from './counters.ts';
import {
  type ProcessStat,
  type ProcessStatus,
  parseSchedstat,
  parseStat,
  parseStatus,
  type Schedstat,
  TICKS_PER_SECOND,
} from './parse.ts';
import {
  advanceTask,
  createTask,
  hasMoved,
  judgeLook,
  type Look,
  type Task,
} from './thread-time.ts';

/** A process with more threads has its thread-time family left out and is counted as unreadable. */
export const MAX_TASKS_PER_PROCESS = 8192;
/** A thread that runs less often waits long each time: the look of the next reading tells for what. */
const MIN_WAKES_PER_SECOND = 2;
/** Start times have the resolution of a tick; clocks are read one after the other. */
const BIRTH_TOLERANCE_SECONDS = 0.02;
const NOTHING_YET: Schedstat = { runningSeconds: 0, runnableSeconds: 0, slices: 0 };

/** When a reading takes place, in monotonic seconds. */
export interface ReadingTime {
  readonly now: number;
  /** The moment of boot on this clock, from which start times count; NaN when it cannot be read. */
  readonly bootAt: number;
  /** Undefined at the first reading. */
  readonly previous: number | undefined;
  /** When the threads of the process were looked at last; NaN at its first reading. */
  readonly seenAt: number;
}

/** What was read of the process already, and serves its main thread too. */
export interface ProcessLook {
  readonly pid: number;
  readonly stat: ProcessStat;
  readonly status: ProcessStatus;
  /** Of the main thread, read before `stat`; undefined where the kernel keeps none. */
  readonly schedstat: Schedstat | undefined;
  /** Whether the schedstat files of its other threads are worth a descriptor each. */
  readonly keepsTasks: boolean;
  /** Whether this user may see the wait channels of the process; otherwise they read "0". */
  readonly inspectable: boolean;
  /** Whether wait channels are wanted for themselves, of every thread. */
  readonly tellsChannels: boolean;
  readonly time: ReadingTime;
}

/** What is kept of the threads of one process between readings. */
export interface Threads {
  readonly tasks: Map<number, Task>;
  tids: readonly number[];
  /** Those that wake often or were in uninterruptible sleep at the last reading: worth more looks before the next one. */
  active: Task[];
  /** Whether nothing but its entry in the process table is left of the process. */
  isDead: boolean;
  /** Largest share of one CPU that one thread used between the last two readings; NaN when none was seen twice. */
  busiestRatio: number;
}

export function createThreads(): Threads {
  return { tasks: new Map(), tids: [], active: [], isDead: false, busiestRatio: Number.NaN };
}

/** Only its entry in the process table is left. A process whose main thread ended before the others is alive. */
export function isDead({ state, threads }: ProcessStat): boolean {
  return (state === 'Z' || state === 'X') && threads <= 1;
}

interface Pass {
  readonly files: ProcessFiles;
  readonly process: ProcessLook;
  readonly threads: Threads;
  readonly counters: Float64Array;
}

/**
 * Adds time budget and context switches of every thread to `counters`.
 * @returns false when they cannot be had: this kernel keeps no schedstat, or there are too many threads.
 */
export function readThreads(pass: Pass): boolean {
  const { process, threads } = pass;
  threads.active = [];
  threads.busiestRatio = Number.NaN;
  threads.isDead = isDead(process.stat);
  if (threads.isDead) {
    forgetTasks(threads);
    return true;
  }
  if (process.schedstat === undefined || !listThreads(pass)) return false;
  const tids = threads.tids;
  if (tids.map((tid) => readThread(pass, tid)).every(Boolean)) return true;
  if (!listThreads({ ...pass, relist: true })) return false;
  const known = new Set(tids);
  for (const tid of threads.tids) if (!known.has(tid)) readThread(pass, tid);
  return true;
}

/** As long as the number of threads stays and none of them is missing, nobody came or went. */
function listThreads({ files, process, threads, relist }: Pass & { relist?: boolean }): boolean {
  const { pid, stat } = process;
  if (stat.threads > MAX_TASKS_PER_PROCESS) return false;
  if (relist !== true && stat.threads === threads.tids.length) return true;
  const tids = stat.threads === 1 && relist !== true ? [pid] : files.listTasks(pid);
  if (tids === GONE || tids === DENIED) return false;
  threads.tids = tids;
  const live = new Set(tids);
  for (const tid of threads.tasks.keys()) if (!live.has(tid)) forgetTask(threads, tid);
  return true;
}

/** @returns false when the thread is gone. */
function readThread(pass: Pass, tid: number): boolean {
  const { process, threads, counters } = pass;
  const known = threads.tasks.get(tid);
  const text = tid === process.pid ? '' : readTaskText(pass.files, process.pid, known ?? tid);
  const schedstat = tid === process.pid ? process.schedstat : parseOr(text, parseSchedstat);
  if (schedstat === undefined || typeof text !== 'string') {
    forgetTask(threads, tid);
    return false;
  }
  const moved = known === undefined || hasMoved(known, schedstat);
  let look = known?.look ?? 'busy';
  if (moved || look === 'busy') {
    const details = readDetails(pass, tid);
    if (details === undefined) return false;
    look = details.look;
    const task = known ?? createTask(tid, ...baseline(process.time, details.stat, schedstat));
    threads.tasks.set(tid, task);
    if (tid !== process.pid && process.keepsTasks) {
      task.file ??= pass.files.keep(`${process.pid}/task/${tid}/schedstat`);
    }
    task.state = details.stat.state;
    task.channel = details.channel;
    addSwitches(task, details.status, counters);
  }
  const task = threads.tasks.get(tid)!;
  task.text = text;
  book(pass, task, { schedstat, look, known, moved });
  return true;
}

interface Seen {
  readonly schedstat: Schedstat;
  readonly look: Look;
  readonly moved: boolean;
  /** Undefined at the first reading of the thread. */
  readonly known: Task | undefined;
}

function book({ process, threads, counters }: Pass, task: Task, seen: Seen): void {
  const { schedstat, look, moved, known } = seen;
  const { now } = process.time;
  const since = known === undefined ? task.readAt : Math.min(task.readAt, process.time.seenAt);
  const wakesOften = moved && wakeRate(task, schedstat, now - since) >= MIN_WAKES_PER_SECOND;
  const ratio = advanceTask(task, { schedstat, readAt: now, look, seenAt: since }, counters);
  if (known !== undefined && !(threads.busiestRatio >= ratio)) threads.busiestRatio = ratio;
  if (wakesOften || look === 'disk' || look === 'paging') threads.active.push(task);
}

/** Per second since the last reading; of a new thread, which is worth watching, without end. */
function wakeRate({ schedstat }: Task, now: Schedstat, seconds: number): number {
  const wakes = now.slices - schedstat.slices;
  return seconds > 0 ? wakes / seconds : Number.POSITIVE_INFINITY;
}

/** What the schedstat of a thread other than the main one says now. */
export function readTaskText(files: ProcessFiles, pid: number, task: Task | number): FileText {
  if (typeof task === 'number') return files.read(`${pid}/task/${task}/schedstat`);
  return task.file?.read() ?? files.read(`${pid}/task/${task.tid}/schedstat`);
}

function forgetTask({ tasks }: Threads, tid: number): void {
  tasks.get(tid)?.file?.close();
  tasks.delete(tid);
}

/** Lets go of every thread, and of the files that are kept open for them. */
export function forgetTasks(threads: Threads): void {
  for (const { file } of threads.tasks.values()) file?.close();
  threads.tasks.clear();
  threads.tids = [];
}

interface Details {
  readonly stat: ProcessStat;
  readonly status: ProcessStatus;
  readonly look: Look;
  readonly channel: string;
}

function readDetails({ files, process }: Pass, tid: number): Details | undefined {
  const own = tid === process.pid;
  const folder = own ? `${process.pid}` : `${process.pid}/task/${tid}`;
  const stat = own ? process.stat : parseOr(files.read(`${folder}/stat`), parseStat);
  const status = own ? process.status : parseOr(files.read(`${folder}/status`), parseStatus);
  if (stat === undefined || status === undefined) return undefined;
  return { stat, status, ...lookAt(files, { folder, state: stat.state, process }) };
}

function parseOr<T>(text: FileText, parse: (text: string) => T): T | undefined {
  return typeof text === 'string' ? parse(text) : undefined;
}

/** Kernel threads sleep in their own functions, some of which would read like a lock or a fault. */
function lookAt(
  files: ProcessFiles,
  { folder, state, process }: { folder: string; state: string; process: ProcessLook },
): { look: Look; channel: string } {
  const tells = state === 'D' || (state === 'S' && !process.stat.kernel);
  const wanted = process.inspectable && (tells || (process.tellsChannels && state !== 'R'));
  const text = wanted ? files.read(`${folder}/wchan`) : '';
  const channel = typeof text === 'string' ? text : '';
  return { look: judgeLook(state, tells ? channel : ''), channel };
}

/** A thread born since the last reading brings its whole budget, any other begins now: nobody saw what it did before. */
function baseline(
  { now, bootAt, previous }: ReadingTime,
  { startTicks }: ProcessStat,
  schedstat: Schedstat,
): [Schedstat, number] {
  if (previous === undefined || !isBornSince({ bootAt, previous }, startTicks)) {
    return [schedstat, now];
  }
  const bornAt = bootAt + startTicks / TICKS_PER_SECOND;
  return [NOTHING_YET, Math.min(now, Math.max(bornAt, previous))];
}

/** Whether it began after the reading before; false at the first. */
export function isBornSince(
  { bootAt, previous }: Pick<ReadingTime, 'bootAt' | 'previous'>,
  startTicks: number,
): boolean {
  const bornAt = bootAt + startTicks / TICKS_PER_SECOND;
  return previous !== undefined && bornAt >= previous - BIRTH_TOLERANCE_SECONDS;
}

/** At its first reading a thread brings all its switches, as a process brings all its counters. */
function addSwitches(task: Task, status: ProcessStatus, counters: Float64Array): void {
  const { voluntarySwitches, involuntarySwitches } = status;
  counters[COUNTER.voluntarySwitches]! += Math.max(0, voluntarySwitches - task.voluntarySwitches);
  counters[COUNTER.involuntarySwitches]! += Math.max(
    0,
    involuntarySwitches - task.involuntarySwitches,
  );
  task.voluntarySwitches = voluntarySwitches;
  task.involuntarySwitches = involuntarySwitches;
}
