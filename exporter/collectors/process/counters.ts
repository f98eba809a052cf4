// The counters that a process brings and a group keeps, as positions in one array of numbers. NaN = could not be read.

export const COUNTER = {
  userSeconds: 0,
  systemSeconds: 1,
  readBytes: 2,
  writtenBytes: 3,
  majorFaults: 4,
  minorFaults: 5,
  voluntarySwitches: 6,
  involuntarySwitches: 7,
  running: 8,
  runnable: 9,
  disk: 10,
  lock: 11,
  paging: 12,
  sleeping: 13,
  /** CPU time of which only the sum of user and system mode is known. */
  undividedSeconds: 14,
  /** Looks at a whole process in which threads queued on a futex while exactly one of them got through, and the others. */
  oneThroughLooks: 15,
  otherLooks: 16,
} as const;
export const COUNTER_COUNT = 17;

/** The bits of the counters that could not be read. */
export function unreadableBits(counters: Float64Array): number {
  let bits = 0;
  for (let index = 0; index < COUNTER_COUNT; index += 1) {
    if (Number.isNaN(counters[index])) bits |= 1 << index;
  }
  return bits;
}

/** Where a thread's time goes; the names are the values of the `state` label. */
export const THREAD_STATES = [
  'running',
  'runnable',
  'disk',
  'lock',
  'paging',
  'sleeping',
] as const satisfies readonly (keyof typeof COUNTER)[];
/** What a thread can do while it neither runs nor waits for a CPU. */
export const WAITS = [
  'disk',
  'lock',
  'paging',
  'sleeping',
] as const satisfies readonly (keyof typeof COUNTER)[];
export type Wait = (typeof WAITS)[number];

/** One process at one reading. Every number is NaN when it could not be read. */
export interface ProcessReading {
  readonly pid: number;
  readonly startTicks: number;
  /** Unix time. */
  readonly startSeconds: number;
  readonly comm: string;
  readonly exe: string | undefined;
  readonly group: string;
  /** Cumulative, in the order of COUNTER; owned by the reader and overwritten at the next reading. */
  readonly counters: Float64Array;
  /** One bit for each counter that is NaN. */
  readonly unreadableCounters: number;
  /** Since the reading before nothing was counted but waiting: sleep and locks. */
  readonly resting?: boolean;
  readonly residentBytes: number;
  readonly anonymousBytes: number;
  readonly virtualBytes: number;
  readonly swapBytes: number;
  readonly openFds: number;
  /** Open files as a share of the soft limit. */
  readonly fdLimitUsedRatio: number;
  readonly threads: number;
  /** CPUs used since the reading before; NaN at the first sight of a process. */
  readonly cpuRatio: number;
  /** The largest share of one CPU that one thread used since the reading before. */
  readonly busiestThreadRatio: number;
}
