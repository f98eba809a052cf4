// Proportional memory (PSS): shared pages divided among those who share them, so that the sum over processes is true. The kernel
// walks the page tables for it, which costs 30 us for a small process and milliseconds for a large one: a few are read each time,
// within a budget. Source: proc_pid_smaps_rollup(5).
import { type FileText, GONE, type ProcessFiles } from '../../sources/process-files.ts';
import type { ProcessReading } from './counters.ts';
import { parseProportional } from './parse.ts';

/** A value is read again when resident memory has moved by more than this since, and by more than the share below. */
const MIN_CHANGE_BYTES = 1024 * 1024;
const MIN_CHANGE_SHARE = 0.05;
/** And when it is older: others may have come to share the pages. */
const MAX_AGE_SECONDS = 900;
/** Unused allowance is kept for so long: no reading takes longer than its share of that. */
const MAX_SAVED_SECONDS = 4;
/** From this size on a reading takes milliseconds: it is left to a thread of the pool, one at a time. */
const LARGE_BYTES = 256 * 1024 * 1024;
/** What that costs there: 10 ms per GiB of 4 KiB pages. */
const SECONDS_PER_BYTE = 1e-11;
const MAX_READS = 256;

interface Sampled {
  readonly startTicks: number;
  /** NaN when it may not be read. */
  bytes: number;
  /** Resident memory when it was read. */
  residentBytes: number;
  readAt: number;
}

export interface ProportionalOptions {
  readonly files: Pick<ProcessFiles, 'read' | 'readLater'>;
  readonly clock: () => number;
  /** CPU seconds that this thread has used. */
  readonly cpuClock: () => number;
  /** Share of one CPU that may be used. */
  readonly budgetRatio: number;
}

export interface Proportional {
  /** Reads some of them, those first whose memory has changed most. */
  sample(processes: readonly ProcessReading[]): void;
  /** Bytes as they were read last, NaN when they never were. */
  bytesOf(process: ProcessReading): number;
  /** How many may not be read. */
  unreadable(): number;
}

export function createProportional(options: ProportionalOptions): Proportional {
  const { files, clock, cpuClock, budgetRatio } = options;
  const known = new Map<number, Sampled>();
  let sampledAt = clock();
  let allowance = 0;
  let large: Promise<void> | undefined;
  let unreadable = 0;
  const current = ({ pid, startTicks }: ProcessReading): Sampled | undefined => {
    const sampled = known.get(pid);
    return sampled?.startTicks === startTicks ? sampled : undefined;
  };
  const note = (process: ProcessReading, text: FileText, readAt: number): void => {
    if (text === GONE) return;
    const { pid, startTicks, residentBytes } = process;
    const bytes = typeof text === 'string' ? parseProportional(text) : Number.NaN;
    known.set(pid, { startTicks, residentBytes, bytes, readAt });
  };
  const later = async (process: ProcessReading, readAt: number): Promise<void> => {
    note(process, await files.readLater(`${process.pid}/smaps_rollup`), readAt);
  };
  return {
    sample(processes) {
      const now = clock();
      const most = budgetRatio * MAX_SAVED_SECONDS;
      allowance = Math.min(most, allowance + (now - sampledAt) * budgetRatio);
      sampledAt = now;
      const due = chooseDue(processes, known, now);
      const startedAt = cpuClock();
      let owed = 0;
      for (const process of due) {
        if (process.residentBytes >= LARGE_BYTES) {
          if (large !== undefined || allowance <= 0) continue;
          owed = process.residentBytes * SECONDS_PER_BYTE;
          large = later(process, now).finally(() => {
            large = undefined;
          });
          continue;
        }
        if (cpuClock() - startedAt >= allowance) break;
        note(process, files.read(`${process.pid}/smaps_rollup`), now);
      }
      allowance -= cpuClock() - startedAt + owed;
      if (known.size > processes.length) forget(known, processes);
      unreadable = count(processes, (process) => Number.isNaN(current(process)?.bytes));
    },
    bytesOf: (process) =>
      process.virtualBytes === 0 ? 0 : (current(process)?.bytes ?? Number.NaN),
    unreadable: () => unreadable,
  };
}

/** Kernel threads and zombies have no memory of their own. 0 = not due. */
function urgency(process: ProcessReading, sampled: Sampled | undefined, now: number): number {
  const { residentBytes, virtualBytes } = process;
  if (virtualBytes === 0) return 0;
  if (sampled?.startTicks !== process.startTicks) return residentBytes + 1;
  const change = Math.abs(residentBytes - sampled.residentBytes);
  if (change > MIN_CHANGE_BYTES && change > MIN_CHANGE_SHARE * sampled.residentBytes) return change;
  return now - sampled.readAt >= MAX_AGE_SECONDS ? 1 : 0;
}

function chooseDue(
  processes: readonly ProcessReading[],
  known: ReadonlyMap<number, Sampled>,
  now: number,
): ProcessReading[] {
  const due: { readonly process: ProcessReading; readonly urgency: number }[] = [];
  for (let index = 0; index < processes.length; index += 1) {
    const process = processes[index]!;
    const score = urgency(process, known.get(process.pid), now);
    if (score > 0) due.push({ process, urgency: score });
  }
  due.sort((a, b) => b.urgency - a.urgency);
  return due.slice(0, MAX_READS).map(({ process }) => process);
}

function count(
  processes: readonly ProcessReading[],
  test: (process: ProcessReading) => boolean,
): number {
  let found = 0;
  for (let index = 0; index < processes.length; index += 1) if (test(processes[index]!)) found += 1;
  return found;
}

function forget(known: Map<number, Sampled>, processes: readonly ProcessReading[]): void {
  const living = new Set<number>();
  for (let index = 0; index < processes.length; index += 1) living.add(processes[index]!.pid);
  known.forEach((_, pid) => {
    if (!living.has(pid)) known.delete(pid);
  });
}
