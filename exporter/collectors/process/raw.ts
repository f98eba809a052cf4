// The files of one process as values, read in the order in which they can be believed.
import {
  DENIED,
  type FileText,
  GONE,
  type ProcessFiles,
  type Unreadable,
} from '../../sources/process-files.ts';
import type { KeptFile } from '../../sources/process-kept-files.ts';
import {
  type ProcessStat,
  type ProcessStatus,
  parseSchedstat,
  parseStat,
  parseStatus,
  type Schedstat,
} from './parse.ts';

/** Up to this CPU time a schedstat of zeros is believed; above it the kernel keeps none. */
const MAX_UNCOUNTED_CPU_SECONDS = 0.05;

export interface RawContext {
  readonly files: ProcessFiles;
  readonly clock: () => number;
  /** Counted up while reading. */
  readonly unreadable: { stat: number };
}

/** What is known of the process, or read of it already. */
export interface RawBeginning {
  readonly kept: { readonly [Name in 'stat' | 'status' | 'io']?: KeptFile | undefined } | undefined;
  /** Of the main thread. */
  readonly schedstat: FileText | undefined;
}

export interface RawProcess {
  readonly schedstatText: string;
  readonly statText: string;
  readonly statusText: string;
  readonly schedstat: Schedstat | undefined;
  readonly stat: ProcessStat;
  readonly status: ProcessStatus;
  readonly io: FileText;
  readonly openFds: number | Unreadable;
  readonly now: number;
}

/** The main thread's schedstat comes before its state: if it has not moved by the next reading, the state still holds. */
export function readRaw(
  { files, clock, unreadable }: RawContext,
  pid: number,
  { kept, schedstat: first }: RawBeginning,
): RawProcess | undefined {
  const read = (file: 'stat' | 'status' | 'io') =>
    kept?.[file]?.read() ?? files.read(`${pid}/${file}`);
  const schedstat = first ?? files.read(`${pid}/schedstat`);
  const now = clock();
  const statText = read('stat');
  const statusText = read('status');
  const stat = typeof statText === 'string' ? parseStat(statText) : undefined;
  if (stat === undefined || typeof statText !== 'string' || typeof statusText !== 'string') {
    if (statText === DENIED || statusText === DENIED) unreadable.stat += 1;
    return undefined;
  }
  const io = read('io');
  const openFds = stat.kernel ? 0 : files.countOpenFiles(pid);
  const missing = schedstat === GONE || io === GONE || openFds === GONE;
  if (missing && files.read(`${pid}/stat`) === GONE) return undefined;
  const status = parseStatus(statusText);
  const schedstatText = typeof schedstat === 'string' ? schedstat : '';
  return {
    schedstatText,
    statText,
    statusText,
    schedstat: believable(schedstat, stat),
    stat,
    status,
    io,
    openFds,
    now,
  };
}

/** A kernel that keeps no scheduler statistics writes zeros. */
function believable(text: FileText, stat: ProcessStat): Schedstat | undefined {
  const schedstat = typeof text === 'string' ? parseSchedstat(text) : undefined;
  const cpuSeconds = stat.userSeconds + stat.systemSeconds;
  return schedstat?.slices === 0 && cpuSeconds > MAX_UNCOUNTED_CPU_SECONDS ? undefined : schedstat;
}
