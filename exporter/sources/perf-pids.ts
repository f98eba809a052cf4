// CPU times of all processes as text, in slices so that the loop stays free, and whether our pids are those of this procfs.
import { readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { NoDataError } from './no-data.ts';

/** About 2 ms at 10 µs per file. */
const SLICE = 200;

export interface PerfPids {
  /**
   * The text of `/proc/PID/stat` by pid, without those that ended meanwhile.
   * @throws {NoDataError} when pids mean other processes to perf than in this procfs.
   */
  readStats(pids: readonly number[]): Promise<ReadonlyMap<number, string>>;
  /** The text of `/proc/self/stat`: it has the CPU time of children that ended. */
  readOwnStat(): string;
}

export function createPerfPids(procfs: string): PerfPids {
  return {
    async readStats(pids) {
      refuseOtherNamespace(procfs);
      const stats = new Map<number, string>();
      for (const [index, pid] of pids.entries()) {
        if (index % SLICE === SLICE - 1) await setImmediate();
        const text = readIfThere(join(procfs, String(pid), 'stat'));
        if (text !== undefined) stats.set(pid, text);
      }
      return stats;
    },
    readOwnStat: () => readFileSync('/proc/self/stat', 'latin1'),
  };
}

function refuseOtherNamespace(procfs: string): void {
  let self = 'no link';
  try {
    self = readlinkSync(join(procfs, 'self'));
  } catch {}
  if (self === String(process.pid)) return;
  throw new NoDataError(
    'other_pid_namespace',
    `perf would record other processes: ${procfs} has the pids of another namespace (self is ${self}); share the host's pid namespace`,
  );
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
