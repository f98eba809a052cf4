// The members of each group at one reading, summed up. One member that cannot be read leaves the whole sum unknown (NaN).
import { COUNTER, type ProcessReading } from './counters.ts';
import type { GroupAccount } from './ledger.ts';

const CPU: readonly number[] = [
  COUNTER.userSeconds,
  COUNTER.systemSeconds,
  COUNTER.undividedSeconds,
];

export interface GroupReading {
  readonly name: string;
  /** CPU time since the reading before. */
  readonly cpuSeconds: number;
  readonly account: GroupAccount;
  /** One bit for each counter that could not be read of every member. */
  readonly unreadableCounters: number;
  readonly processes: number;
  readonly threads: number;
  readonly residentBytes: number;
  readonly anonymousBytes: number;
  readonly virtualBytes: number;
  readonly swapBytes: number;
  /** NaN until it was read of every member. */
  readonly proportionalBytes: number;
  readonly openFds: number;
  /** Of the member that is nearest to its limit. */
  readonly fdLimitUsedRatio: number;
  readonly oldestStartSeconds: number;
  /** NaN when no thread was seen twice. */
  readonly busiestThreadRatio: number;
  /** Program of the oldest member, if it may be known. */
  readonly exe: string | undefined;
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };
type Sum = Mutable<GroupReading> & { oldest: ProcessReading };

/** One entry per account. O(processes). */
export function sumGroups(
  processes: readonly ProcessReading[],
  accounts: ReadonlyMap<string, GroupAccount>,
  proportionalOf: (process: ProcessReading) => number = () => Number.NaN,
): GroupReading[] {
  const sums = new Map<string, Sum>();
  for (let index = 0; index < processes.length; index += 1) {
    const process = processes[index]!;
    const account = accounts.get(process.group);
    if (account === undefined) continue;
    let sum = sums.get(process.group);
    if (sum === undefined) {
      sum = beginSum(account, process);
      sums.set(process.group, sum);
    }
    add(sum, process);
    sum.proportionalBytes += proportionalOf(process);
  }
  return Array.from(sums.values(), finish);
}

function beginSum(account: GroupAccount, first: ProcessReading): Sum {
  return {
    name: first.group,
    cpuSeconds: CPU.reduce((total, counter) => total + account.added[counter]!, 0),
    account,
    unreadableCounters: 0,
    processes: 0,
    threads: 0,
    residentBytes: 0,
    anonymousBytes: 0,
    virtualBytes: 0,
    swapBytes: 0,
    proportionalBytes: 0,
    openFds: 0,
    fdLimitUsedRatio: 0,
    oldestStartSeconds: Number.NaN,
    busiestThreadRatio: Number.NaN,
    exe: undefined,
    oldest: first,
  };
}

function add(sum: Sum, member: ProcessReading): void {
  sum.unreadableCounters |= member.unreadableCounters;
  sum.processes += 1;
  sum.threads += member.threads;
  sum.residentBytes += member.residentBytes;
  sum.anonymousBytes += member.anonymousBytes;
  sum.virtualBytes += member.virtualBytes;
  sum.swapBytes += member.swapBytes;
  sum.openFds += member.openFds;
  sum.fdLimitUsedRatio = Math.max(sum.fdLimitUsedRatio, member.fdLimitUsedRatio);
  if (!(sum.busiestThreadRatio >= member.busiestThreadRatio)) {
    if (!Number.isNaN(member.busiestThreadRatio))
      sum.busiestThreadRatio = member.busiestThreadRatio;
  }
  if (member.startTicks < sum.oldest.startTicks) sum.oldest = member;
}

function finish(sum: Sum): GroupReading {
  sum.oldestStartSeconds = sum.oldest.startSeconds;
  sum.exe = sum.oldest.exe;
  return sum;
}
