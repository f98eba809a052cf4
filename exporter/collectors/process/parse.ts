// The text of /proc/PID files as values. Source: https://man7.org/linux/man-pages/man5/proc.5.html

/** Linux reports process times in ticks of USER_HZ, which is 100 on every architecture that runs Node.js. */
export const TICKS_PER_SECOND = 100;
const NANOSECONDS = 1e9;
/** include/linux/sched.h: PF_KTHREAD. Says more than "child of pid 2", which in a container is an ordinary process. */
const KERNEL_THREAD_FLAG = 0x00200000;

export interface ProcessStat {
  readonly comm: string;
  readonly state: string;
  readonly kernel: boolean;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly parentPid: number;
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** Of children that it has waited for, and theirs. */
  readonly reapedUserSeconds: number;
  readonly reapedSystemSeconds: number;
  readonly threads: number;
  /** Ticks since boot; with the pid it names a process for ever. */
  readonly startTicks: number;
  /** Address of the stack: exec moves it (0 when this user may not know). */
  readonly stackAddress: number;
}

export interface ProcessStatus {
  readonly uid: number;
  readonly residentBytes: number;
  /** NaN before Linux 4.5. */
  readonly anonymousBytes: number;
  readonly virtualBytes: number;
  readonly swapBytes: number;
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
}

export interface Schedstat {
  readonly runningSeconds: number;
  readonly runnableSeconds: number;
  readonly slices: number;
}

/** `/proc/PID/stat` or `task/TID/stat`; undefined when the text is no such file. */
export function parseStat(text: string): ProcessStat | undefined {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const field = text.slice(close + 2).split(' ', 26);
  if (open < 0 || close < open || field.length < 26) return undefined;
  return {
    comm: decodeText(text.slice(open + 1, close)),
    state: field[0]!,
    parentPid: Number(field[1]),
    kernel: (Number(field[6]) & KERNEL_THREAD_FLAG) !== 0,
    minorFaults: Number(field[7]),
    majorFaults: Number(field[9]),
    userSeconds: Number(field[11]) / TICKS_PER_SECOND,
    systemSeconds: Number(field[12]) / TICKS_PER_SECOND,
    reapedUserSeconds: Number(field[13]) / TICKS_PER_SECOND,
    reapedSystemSeconds: Number(field[14]) / TICKS_PER_SECOND,
    threads: Number(field[17]),
    startTicks: Number(field[19]),
    stackAddress: Number(field[25]),
  };
}

/** The state letter of a stat file, without the cost of the rest; empty when the text is no such file. */
export function parseState(text: string): string {
  return text.charAt(text.lastIndexOf(')') + 2);
}

/**
 * `/proc/PID/status` or `task/TID/status`. Kernel threads and zombies have no memory lines: that is a true 0.
 * A line that this kernel does not have is NaN.
 */
export function parseStatus(text: string): ProcessStatus {
  const hasMemory = text.includes('\nVmRSS:');
  const bytes = (key: string) => (hasMemory ? numberAfter(text, key) * 1024 : 0);
  return {
    uid: effectiveUid(text),
    residentBytes: bytes('\nVmRSS:'),
    anonymousBytes: bytes('\nRssAnon:'),
    virtualBytes: bytes('\nVmSize:'),
    swapBytes: bytes('\nVmSwap:'),
    voluntarySwitches: numberAfter(text, '\nvoluntary_ctxt_switches:'),
    involuntarySwitches: numberAfter(text, '\nnonvoluntary_ctxt_switches:'),
  };
}

/** Bytes of `/proc/PID/smaps_rollup`, shared pages divided among those who map them; NaN when the text has none. */
export function parseProportional(text: string): number {
  return numberAfter(text, '\nPss:') * 1024;
}

/** Bytes that reached storage, `/proc/PID/io`; reads served from the page cache are not in it. */
export function parseIo(text: string): { readBytes: number; writtenBytes: number } {
  return {
    readBytes: numberAfter(text, '\nread_bytes:'),
    writtenBytes: numberAfter(text, '\nwrite_bytes:'),
  };
}

/** Undefined when the text is no schedstat. Source: Documentation/scheduler/sched-stats.rst of Linux. */
export function parseSchedstat(text: string): Schedstat | undefined {
  const [running, runnable, slices] = text.split(' ', 3);
  if (slices === undefined || running === '') return undefined;
  return {
    runningSeconds: Number(running) / NANOSECONDS,
    runnableSeconds: Number(runnable) / NANOSECONDS,
    slices: Number(slices),
  };
}

/** The soft limit of open files in `/proc/PID/limits`: Infinity when unlimited, NaN when there is none. */
export function parseOpenFilesLimit(text: string): number {
  const match = /^Max open files\s+(\S+)/m.exec(text);
  if (match === null) return Number.NaN;
  return match[1] === 'unlimited' ? Number.POSITIVE_INFINITY : Number(match[1]);
}

/** The arguments of `/proc/PID/cmdline`; empty for kernel threads and zombies. */
export function parseCmdline(text: string): string[] {
  const decoded = decodeText(text).replace(/\0+$/, '');
  return decoded === '' ? [] : decoded.split('\0');
}

/** User names by uid from the text of `/etc/passwd`. */
export function parseUsers(text: string): ReadonlyMap<number, string> {
  const users = new Map<number, string>();
  for (const line of decodeText(text).split('\n')) {
    const [name, , uid] = line.split(':', 3);
    if (name && uid && !users.has(Number(uid))) users.set(Number(uid), name);
  }
  return users;
}

/** Bytes read as latin1 become the text they were; pure ASCII, the usual case, costs one scan. */
export function decodeText(latin1: string): string {
  for (let index = 0; index < latin1.length; index += 1) {
    if (latin1.charCodeAt(index) > 127) return Buffer.from(latin1, 'latin1').toString('utf8');
  }
  return latin1;
}

function effectiveUid(text: string): number {
  const start = text.indexOf('\nUid:');
  if (start < 0) return Number.NaN;
  return Number(
    text
      .slice(start + 5, text.indexOf('\n', start + 5))
      .trim()
      .split('\t')[1],
  );
}

/** The first whole number behind a key, or NaN. */
function numberAfter(text: string, key: string): number {
  const start = text.indexOf(key);
  if (start < 0) return Number.NaN;
  let value = Number.NaN;
  for (let index = start + key.length; index < text.length; index += 1) {
    const digit = text.charCodeAt(index) - 48;
    if (digit >= 0 && digit <= 9) value = (Number.isNaN(value) ? 0 : value) * 10 + digit;
    else if (!Number.isNaN(value) || text[index] === '\n') break;
  }
  return value;
}
