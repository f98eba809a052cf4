// Records stacks of some processes for some seconds: `perf record | perf script`, nothing on disk, one recording at a time.
import { endChild } from '../../service/restarting-child.ts';
import { createLineSplitter } from './line-splitter.ts';
import { NoDataError } from './no-data.ts';
import { type PerfChild, type PerfExit, spawnPerf } from './perf-child.ts';
import { perfFailure } from './perf-failure.ts';

/** Per recording: 30 s at 99 Hz of 100 frames of 100 bytes are 30 MB per busy CPU. */
const MAX_SCRIPT_BYTES = 256 * 1024 * 1024;
/** perf counts per thread and CPU: more processes would mean thousands of descriptors. */
export const MAX_PIDS = 64;
export const MAX_SECONDS = 30;
/** Start, symbols of large programs, end. */
const OVERTIME_MS = 30_000;

export interface Recording {
  /** At least one, at most MAX_PIDS, in the pid namespace of this process. */
  readonly pids: readonly number[];
  readonly seconds: number;
  readonly hertz: number;
}

export interface PerfRecorder {
  /**
   * Calls back with every line of `perf script`.
   * @throws {NoDataError} why perf could not; {PerfBusyError} when another recording runs; the signal's reason.
   */
  record(recording: Recording, onLine: (line: string) => void, signal: AbortSignal): Promise<void>;
}

export class PerfBusyError extends Error {
  constructor() {
    super('Another recording is running, and there is one at a time; try again in half a minute');
    this.name = 'PerfBusyError';
  }
}

/** @param command the executable, `perf` of linux-tools. */
export function createPerfRecorder(command = 'perf'): PerfRecorder {
  let busy = false;
  return {
    async record(recording, onLine, signal) {
      signal.throwIfAborted();
      if (busy) throw new PerfBusyError();
      busy = true;
      try {
        await pipe({ command, recording, onLine, signal });
      } finally {
        busy = false;
      }
    },
  };
}

interface Job {
  readonly command: string;
  readonly recording: Recording;
  readonly onLine: (line: string) => void;
  readonly signal: AbortSignal;
}

async function pipe({ command, recording, onLine, signal }: Job): Promise<void> {
  const record = spawnPerf({ command, args: recordArgs(recording), stdin: 'ignore' });
  if (record.child.pid === undefined) throw perfFailure((await record.gone).failure);
  const script = spawnPerf({ command, args: SCRIPT_ARGS, stdin: record.stdout });
  // Script has its own copy of the pipe; ours would keep what is written from ending.
  record.stdout.destroy();
  const stopBoth = (): void => {
    void endChild(record.child, record.gone);
    void endChild(script.child, script.gone);
  };
  let tooLong = false;
  const overtime = setTimeout(
    () => {
      tooLong = true;
      stopBoth();
    },
    recording.seconds * 1000 + OVERTIME_MS,
  );
  signal.addEventListener('abort', stopBoth, { once: true });
  const read = readLines(script, onLine, stopBoth);
  const exits = await Promise.all([record.gone, script.gone]);
  clearTimeout(overtime);
  signal.removeEventListener('abort', stopBoth);
  signal.throwIfAborted();
  if (tooLong)
    throw new NoDataError('timeout', `perf did not end within ${OVERTIME_MS} ms after its time`);
  if (read.bytes() > MAX_SCRIPT_BYTES) {
    throw new NoDataError(
      'too_large',
      `The stacks are larger than ${MAX_SCRIPT_BYTES} bytes: record for less time`,
    );
  }
  refuseFailure(...exits);
}

function recordArgs({ pids, seconds, hertz }: Recording): string[] {
  const pid = pids.slice(0, MAX_PIDS).join(',');
  const end = ['--', 'sleep', String(Math.min(seconds, MAX_SECONDS))];
  // Frame pointers (-g) cost the process nothing but the walk; build ids would be searched in and copied to the disk.
  return ['record', '-q', '-F', String(hertz), '-g', '-B', '-N', '-p', pid, '-o', '-', ...end];
}

/** Without --no-inline perf starts addr2line per address, which takes minutes for large programs. */
const SCRIPT_ARGS = ['script', '-i', '-', '--no-inline', '-F', 'comm,pid,tid,ip,sym,dso'];

function readLines(script: PerfChild, onLine: (line: string) => void, stop: () => void) {
  let bytes = 0;
  const split = createLineSplitter(onLine);
  script.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_SCRIPT_BYTES) stop();
    else split(chunk);
  });
  return { bytes: () => bytes };
}

/** Script fails for want of input whenever record fails: what record says comes first. */
function refuseFailure(record: PerfExit, script: PerfExit): void {
  if (record.code !== 0) throw perfFailure(record.failure);
  if (script.code !== 0) throw perfFailure(script.failure);
}
