// Which process groups live in which limited cgroup: what a limit costs is told of those who pay for it.
import { setImmediate } from 'node:timers/promises';
import { NoDataError } from '../../sources/no-data.ts';
import type { CgroupMembership } from '../process/cgroup.ts';
import type { ProcessDirectory } from '../process/directory.ts';

/** A process is moved right after its start, hence a second look; later it is hardly ever moved. */
const YOUNG_SECONDS = 30;
const MAX_AGE_SECONDS = 600;
/** Other work gets its turn after so many reads. */
const READS_PER_TURN = 64;
export const MAX_MEMBERS = 5_000;

export interface MembersOptions {
  readonly processes: ProcessDirectory;
  /** Undefined for a process that is gone. */
  readonly readMembership: (pid: number) => CgroupMembership | undefined;
  /** Monotonic seconds. */
  readonly clock: () => number;
}

export interface Member {
  readonly group: string;
  readonly cgroup: string;
}

/**
 * @param limited paths of limited cgroups; the same array as before says that nothing has changed
 * @returns the groups with a process in them or below them, at most MAX_MEMBERS
 */
export type FindMembers = (
  limited: readonly string[],
  signal: AbortSignal,
) => Promise<readonly Member[]>;

interface Known {
  readonly group: string;
  readonly paths: readonly string[];
  readonly until: number;
}

/** Holds while no process comes, goes or is to be read again. */
interface Answer {
  readonly groups: ReadonlyMap<number, string>;
  readonly limited: readonly string[];
  readonly until: number;
  readonly members: readonly Member[];
}

/** A process is read when it is new, half a minute later and every ten minutes; without process groups there are no members. */
export function createMembers(options: MembersOptions): FindMembers {
  const { processes, clock } = options;
  let known: ReadonlyMap<number, Known> = new Map();
  let last: Answer | undefined;
  return async (limited, signal) => {
    if (limited.length === 0) return [];
    const groups = await groupsOf(processes);
    const now = clock();
    if (last?.groups === groups && last.limited === limited && now < last.until) {
      return last.members;
    }
    known = await readAll(groups, known, { ...options, now, signal });
    const all = [...known.values()];
    const until = all.reduce((soonest, each) => Math.min(soonest, each.until), Number.MAX_VALUE);
    last = { groups, limited, until, members: joinPaths(new Set(limited), all) };
    return last.members;
  };
}

async function readAll(
  groups: ReadonlyMap<number, string>,
  known: ReadonlyMap<number, Known>,
  { readMembership, now, signal }: MembersOptions & { now: number; signal: AbortSignal },
): Promise<Map<number, Known>> {
  const all = new Map<number, Known>();
  let reads = 0;
  for (const [pid, group] of groups) {
    const before = known.get(pid);
    const same = before?.group === group ? before : undefined;
    if (same !== undefined && now < same.until) {
      all.set(pid, same);
      continue;
    }
    reads += 1;
    if (reads % READS_PER_TURN === 0) {
      await setImmediate();
      signal.throwIfAborted();
    }
    const age = same === undefined ? YOUNG_SECONDS : MAX_AGE_SECONDS;
    all.set(pid, { group, paths: readMembership(pid)?.paths ?? [], until: now + age });
  }
  return all;
}

async function groupsOf(processes: ProcessDirectory): Promise<ReadonlyMap<number, string>> {
  try {
    return await processes.groupsByPid();
  } catch (error) {
    if (error instanceof NoDataError) return new Map();
    throw error;
  }
}

/** A limit holds for everything below it. O(processes × depth of their paths). */
function joinPaths(limited: ReadonlySet<string>, processes: Iterable<Known>): Member[] {
  const members = new Map<string, Member>();
  for (const { group, paths } of processes) {
    for (const path of paths) {
      for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
        const cgroup = path.slice(0, end);
        if (limited.has(cgroup)) members.set(`${group}\n${cgroup}`, { group, cgroup });
      }
      if (members.size >= MAX_MEMBERS) return [...members.values()];
    }
  }
  return [...members.values()];
}
