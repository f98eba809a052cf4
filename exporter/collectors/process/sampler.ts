// More looks at busy threads between two scrapes, so that a share of waiting is not judged by one look. Bounded by its own CPU use.
import type { ProcessFiles } from '../../sources/process-files.ts';
import { parseState } from './parse.ts';
import { countLook, judgeLook, type Task } from './thread-time.ts';
import { createTurnCount } from './turns.ts';

/** The CPU clock is asked after so many looks. */
const LOOKS_PER_CHECK = 8;
/** Unused allowance is kept for so long. */
const MAX_SAVED_SECONDS = 1;

export interface WatchedTask {
  readonly pid: number;
  readonly task: Task;
  readonly inspectable: boolean;
  /** Of its process. */
  readonly counters?: Float64Array;
}

export interface SamplerOptions {
  readonly files: ProcessFiles;
  readonly clock: () => number;
  /** CPU seconds that this thread has used. */
  readonly cpuClock: () => number;
  /** Share of one CPU that sampling may use. */
  readonly budgetRatio: number;
}

export interface Sampler {
  /** The threads to look at until the next call. */
  watch(tasks: readonly WatchedTask[]): void;
  /** Looks at the watched threads in turn until all were seen or the allowance is used up. @returns the number of looks. */
  sample(): number;
}

export function createSampler({ files, clock, cpuClock, budgetRatio }: SamplerOptions): Sampler {
  let watched: readonly WatchedTask[] = [];
  let next = 0;
  let sampledAt = clock();
  let allowance = 0;
  const turns = createTurnCount();
  const lookAtNext = () => {
    const task = watched[next % watched.length]!;
    const before = watched[next - 1];
    next = (next + 1) % watched.length;
    if (before?.pid !== task.pid) turns.begin();
    const channel = look(files, task);
    const waits = channel?.includes('futex') === true;
    turns.see(task.task, channel, waits ? readSyscall(files, task) : '');
    if (watched[next]?.pid !== task.pid || next === 0) turns.end(task.counters);
  };
  return {
    watch(tasks) {
      watched = tasks;
      next = 0;
    },
    sample() {
      const now = clock();
      allowance = Math.min(
        allowance + (now - sampledAt) * budgetRatio,
        budgetRatio * MAX_SAVED_SECONDS,
      );
      sampledAt = now;
      const startedAt = cpuClock();
      turns.interrupt();
      let looks = 0;
      while (looks < watched.length && allowance > 0) {
        lookAtNext();
        looks += 1;
        const checks = looks % LOOKS_PER_CHECK === 0;
        if (checks && cpuClock() - startedAt >= allowance) break;
      }
      allowance -= cpuClock() - startedAt;
      return looks;
    },
  };
}

/** Empty when this user may not see it: that takes the right to trace the process. */
function readSyscall(files: ProcessFiles, { pid, task }: WatchedTask): string {
  const text = files.read(`${pid}/task/${task.tid}/syscall`);
  return typeof text === 'string' ? text : '';
}

/** @returns the kernel function in which the thread sleeps, empty when it does not; undefined when it is gone. */
function look(files: ProcessFiles, { pid, task, inspectable }: WatchedTask): string | undefined {
  const folder = `${pid}/task/${task.tid}`;
  const stat = files.read(`${folder}/stat`);
  if (typeof stat !== 'string') return undefined;
  const state = parseState(stat);
  if (state === 'R') return '';
  const tells = inspectable && (state === 'D' || state === 'S');
  const channel = tells ? files.read(`${folder}/wchan`) : '';
  const known = typeof channel === 'string' ? channel : '';
  countLook(task, judgeLook(state, known));
  return known;
}
