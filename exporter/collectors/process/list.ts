// The pids of every process. As long as the kernel's count of forks stands still there is nobody new, and no need to list.
import type { ProcessFiles } from '../../sources/process-files.ts';

/** What cannot be read at one moment may be readable later without a fork: the list is made anew at least this often. */
const MAX_READINGS_WITHOUT_LIST = 20;

export interface ProcessList {
  /** @throws the error of the system when processes cannot be listed. */
  next(): readonly number[];
  /** These need not be named again before the next fork. */
  ended(pids: readonly number[]): void;
}

export function createProcessList(
  files: Pick<ProcessFiles, 'read' | 'listProcesses'>,
): ProcessList {
  let pids: readonly number[] = [];
  let forks = Number.NaN;
  let age = 0;
  return {
    next() {
      // Counted before they are listed: whoever is forked in between is listed, and again next time.
      const counted = countForks(files);
      age += 1;
      if (counted !== forks || age > MAX_READINGS_WITHOUT_LIST) {
        pids = files.listProcesses();
        age = 0;
      }
      forks = counted;
      return pids;
    },
    ended(gone) {
      if (gone.length === 0) return;
      const left = new Set(gone);
      pids = pids.filter((pid) => !left.has(pid));
    },
  };
}

/** Processes and threads created since boot, NaN when unknown. It is the host's count, whatever the namespace. */
function countForks(files: Pick<ProcessFiles, 'read'>): number {
  const text = files.read('stat');
  if (typeof text !== 'string') return Number.NaN;
  return Number(/^processes (\d+)$/m.exec(text)?.[1] ?? Number.NaN);
}
