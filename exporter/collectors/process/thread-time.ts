// The time budget of one thread: running and runnable as the kernel counts them, the rest by what the thread was seen to wait for.
import type { KeptFile } from '../../sources/process-kept-files.ts';
import { COUNTER, type Wait } from './counters.ts';
import type { Schedstat } from './parse.ts';

/** Why a thread is in uninterruptible sleep when it is not the disk; the kernel function that it sleeps in tells. */
const FORK_WAIT = /kernel_clone|fork/;
const PAGING_WAIT = /swap|fault|reclaim|mem_cgroup/;
const NO_VOTES: Readonly<Record<Wait, number>> = { disk: 0, lock: 0, paging: 0, sleeping: 0 };

/** What one look at a thread saw; `busy` is on or waiting for a CPU, which schedstat counts better. */
export type Look = Wait | 'busy';

/** One thread between two readings. */
export interface Task {
  readonly tid: number;
  /** Its schedstat file, where it is kept open, and what that said last. */
  file: KeptFile | undefined;
  text: string;
  schedstat: Schedstat;
  /** Monotonic seconds of the last reading. */
  readAt: number;
  look: Look;
  /** The letter of its state when it was looked at last, and the kernel function that it slept in if that was asked. */
  state: string;
  channel: string;
  /** Looks since the last reading, taken by the sampler. */
  readonly votes: Record<Wait, number>;
  /**
   * Seconds by which the kernel's counters ran ahead of the clock. A wait for the CPU is counted when it ends, so it may be
   * longer than the interval in which it ended; the excess is taken from the waits that follow and the sum stays true.
   */
  overdrawnSeconds: number;
  voluntarySwitches: number;
  involuntarySwitches: number;
}

/** A thread at its first reading: whatever it did before `readAt` is not in its budget. */
export function createTask(tid: number, schedstat: Schedstat, readAt: number): Task {
  return {
    tid,
    file: undefined,
    text: '',
    schedstat,
    readAt,
    look: 'busy',
    state: '',
    channel: '',
    votes: { ...NO_VOTES },
    overdrawnSeconds: 0,
    voluntarySwitches: 0,
    involuntarySwitches: 0,
  };
}

/** What state letter and wait channel say. Without the right to see the channel it reads "0": then only D tells anything. */
export function judgeLook(state: string, waitChannel: string): Look {
  if (state === 'R') return 'busy';
  if (state === 'D') {
    if (FORK_WAIT.test(waitChannel)) return 'sleeping';
    return PAGING_WAIT.test(waitChannel) ? 'paging' : 'disk';
  }
  return state === 'S' && waitChannel.includes('futex') ? 'lock' : 'sleeping';
}

/** A thread whose schedstat stands still since it was seen asleep is in the same sleep: no need to look again. */
export function hasMoved({ schedstat }: Task, next: Schedstat): boolean {
  return (
    schedstat.slices !== next.slices ||
    schedstat.runningSeconds !== next.runningSeconds ||
    schedstat.runnableSeconds !== next.runnableSeconds
  );
}

/** One more look between two readings. Looks at a busy thread do not vote: they say nothing of its waits. */
export function countLook(task: Task, look: Look): void {
  if (look !== 'busy') task.votes[look] += 1;
}

export interface TaskReading {
  readonly schedstat: Schedstat;
  readonly readAt: number;
  /** The look of now; the old one when the thread did not need one. */
  readonly look: Look;
  /** When `schedstat` was read last, if time was booked since without reading it. */
  readonly seenAt?: number;
}

/**
 * Adds the time since the thread's last reading to `counters`; the sum over the states is the elapsed time.
 * @returns the share of one CPU that the thread used, NaN when no time passed.
 */
export function advanceTask(task: Task, next: TaskReading, counters: Float64Array): number {
  const elapsed = next.readAt - task.readAt;
  const unseen = next.readAt - Math.min(task.readAt, next.seenAt ?? task.readAt);
  const running = growth(task.schedstat.runningSeconds, next.schedstat.runningSeconds);
  const runnable = growth(task.schedstat.runnableSeconds, next.schedstat.runnableSeconds);
  const rest = elapsed - running - runnable - task.overdrawnSeconds;
  countLook(task, next.look);
  counters[COUNTER.running]! += running;
  counters[COUNTER.runnable]! += runnable;
  if (rest > 0) distribute(rest, task.votes, counters);
  task.overdrawnSeconds = Math.max(0, -rest);
  task.schedstat = next.schedstat;
  task.readAt = next.readAt;
  task.look = next.look;
  Object.assign(task.votes, NO_VOTES);
  return unseen > 0 ? Math.min(1, running / unseen) : Number.NaN;
}

/** Without a vote the thread was only ever seen busy: its short pauses are sleep. */
function distribute(seconds: number, votes: Task['votes'], counters: Float64Array): void {
  const total = votes.disk + votes.lock + votes.paging + votes.sleeping;
  if (total === 0) {
    counters[COUNTER.sleeping]! += seconds;
    return;
  }
  counters[COUNTER.disk]! += (seconds * votes.disk) / total;
  counters[COUNTER.lock]! += (seconds * votes.lock) / total;
  counters[COUNTER.paging]! += (seconds * votes.paging) / total;
  counters[COUNTER.sleeping]! += (seconds * votes.sleeping) / total;
}

/** Never negative: exec by a second thread gives the process another thread's counters. */
function growth(before: number, after: number): number {
  return Math.max(0, after - before);
}
