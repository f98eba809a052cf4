// The pids of every process. As long as the kernel's count of forks stands still there is nobody new, and no need to list.
import type { ProcessFiles } from '../../sources/process-files.ts';
import type { HostActivity } from './host-activity.ts';

/** What cannot be read at one moment may be readable later without a fork: the list is made anew at least this often. */
const MAX_READINGS_WITHOUT_LIST = 20;

export interface ProcessList {
  /**
   * @param activity counted before this call: whoever is forked in between is listed, and again next time
   * @throws the error of the system when processes cannot be listed.
   */
  next(activity: Pick<HostActivity, 'forks' | 'threads'>): readonly number[];
  /** These need not be named again before the next fork. */
  ended(pids: readonly number[]): void;
}

export function createProcessList(files: Pick<ProcessFiles, 'listProcesses'>): ProcessList {
  let pids: readonly number[] = [];
  let last = { forks: Number.NaN, threads: Number.NaN };
  let age = 0;
  return {
    next({ forks, threads }) {
      age += 1;
      // Without a fork the number of threads changes when one ends, and then perhaps its process.
      const same = forks === last.forks && Object.is(threads, last.threads);
      if (!same || age > MAX_READINGS_WITHOUT_LIST) {
        pids = files.listProcesses();
        age = 0;
      }
      last = { forks, threads };
      return pids;
    },
    ended(gone) {
      if (gone.length === 0) return;
      const left = new Set(gone);
      pids = pids.filter((pid) => !left.has(pid));
    },
  };
}
