// Which group a process belongs to, for the collectors that join what they read by pid.
import { NoDataError } from '../../sources/no-data.ts';

export interface ProcessDirectory {
  /** The group of every living process, as of the last reading. @throws {NoDataError} without a process collector. */
  groupsByPid(): Promise<ReadonlyMap<number, string>>;
}

/** A directory that outlives the collector behind it: a reload may replace that one while others go on. */
export interface SharedProcessDirectory extends ProcessDirectory {
  provide(source: ProcessDirectory): void;
  /** Does nothing when another source has been provided since. */
  withdraw(source: ProcessDirectory): void;
}

/** Empty until somebody provides a source. */
export function createProcessDirectory(): SharedProcessDirectory {
  let current: ProcessDirectory | undefined;
  return {
    async groupsByPid() {
      if (current === undefined) {
        throw new NoDataError(
          'no_process_groups',
          'Cannot tell the groups of processes: the process collector is disabled or cannot tell them',
        );
      }
      return current.groupsByPid();
    },
    provide(source) {
      current = source;
    },
    withdraw(source) {
      if (current === source) current = undefined;
    },
  };
}
