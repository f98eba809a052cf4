// Processes that did nothing since they were last read: how that is noticed for the price of one small read, and what
// their threads add to the time budget meanwhile.
import type { ProcessFiles } from '../../sources/process-files.ts';
import type { KeptFile } from '../../sources/process-kept-files.ts';
import { COUNTER, type ProcessReading } from './counters.ts';
import { isPending, type Reaped, type ReapedLedger } from './reaped.ts';
import { readTaskText, type Threads } from './tasks.ts';
import { advanceTask } from './thread-time.ts';

/**
 * Up to so many threads each one's schedstat is compared, which misses nothing. With more the stat file of the process is,
 * which shows CPU time in steps of 10 ms: a thread that used less is noticed later.
 */
export const MAX_WATCHED_TASKS = 8;

/** How many threads of a resting process wait for what. */
export interface Rest {
  readonly sleeping: number;
  readonly lock: number;
  /** The first reading at which it stood still, and when it is to be looked at again. */
  readonly since: number;
  checkAt: number;
  /** What is told of the process while it rests. */
  reading: ProcessReading;
}

/** What the texts were when the process was last read, and the files that they come from. */
export interface Watched {
  readonly pid: number;
  readonly threads: Threads;
  readonly counters: Float64Array;
  readonly kept: { readonly stat?: KeptFile | undefined };
  /** Of the process' main thread. */
  readonly schedstatText: string;
  /** Of a process that is watched by its stat file. */
  readonly statText: string;
}

/** Whether neither the main thread, whose schedstat says `schedstat` now, nor any other ran since the last full reading. */
export function stoodStill(files: ProcessFiles, watched: Watched, schedstat: unknown): boolean {
  const { pid, threads, kept, schedstatText, statText } = watched;
  if (schedstat !== schedstatText) return false;
  if (statText !== '') return (kept.stat?.read() ?? files.read(`${pid}/stat`)) === statText;
  if (threads.tids.length <= 1) return true;
  for (const task of threads.tasks.values()) {
    if (task.tid !== pid && readTaskText(files, pid, task) !== task.text) return false;
  }
  return true;
}

/** A thread that was seen on a CPU may go to sleep, one in uninterruptible sleep may be woken, without a trace in schedstat. */
export function mayRest({ tasks }: Threads): boolean {
  for (const { look, overdrawnSeconds } of tasks.values()) {
    if (look !== 'sleeping' && look !== 'lock') return false;
    if (overdrawnSeconds > 0) return false;
  }
  return true;
}

/** The first reading at which a process stood still: its threads are booked one by one a last time. */
export function beginRest(watched: Watched, reading: ProcessReading, at: number): Rest {
  const { threads, counters } = watched;
  let sleeping = 0;
  let lock = 0;
  for (const task of threads.tasks.values()) {
    if (task.look === 'lock') lock += 1;
    else sleeping += 1;
    advanceTask(
      task,
      { schedstat: task.schedstat, readAt: Math.max(at, task.readAt), look: task.look },
      counters,
    );
  }
  threads.active = [];
  const busiestThreadRatio = threads.tasks.size > 0 ? 0 : Number.NaN;
  return {
    ...{ sleeping, lock, since: at, checkAt: at },
    reading: { ...reading, cpuRatio: 0, busiestThreadRatio },
  };
}

/** What is remembered of a process that may be at rest. */
interface Resting {
  readonly pid: number;
  readonly rest: Rest | undefined;
  readonly reaped: Reaped;
  readonly counters: Float64Array;
  readAt: number;
}

interface Moment {
  readonly startedAt: number;
  readonly mayWait: boolean;
  readonly mustRead: (pid: number) => boolean;
  readonly reaped: Pick<ReapedLedger, 'mayHaveReaped'>;
}

/** Whether it has stood still for so long that nobody needs to look at it in this reading. */
export function canWait(moment: Moment, { pid, rest, reaped }: Resting): boolean {
  if (!moment.mayWait || rest === undefined || moment.startedAt >= rest.checkAt) return false;
  return !isPending(reaped) && !moment.mustRead(pid) && !moment.reaped.mayHaveReaped(pid);
}

/** It is taken to rest on. */
export function leaveAlone({ startedAt }: Moment, process: Resting): void {
  const { rest, counters, readAt } = process;
  if (rest !== undefined) continueRest(rest, counters, startedAt - readAt);
  process.readAt = startedAt;
}

/** One more interval of rest, in seconds. */
export function continueRest(rest: Rest, counters: Float64Array, seconds: number): void {
  const { sleeping, lock } = rest;
  if (rest.reading.resting !== true) rest.reading = { ...rest.reading, resting: true };
  if (sleeping > 0) counters[COUNTER.sleeping]! += sleeping * seconds;
  if (lock > 0) counters[COUNTER.lock]! += lock * seconds;
}

/** The threads are told until when their time has been booked. */
export function endRest({ tasks }: Threads, bookedUntil: number): void {
  for (const task of tasks.values()) task.readAt = Math.max(task.readAt, bookedUntil);
}
