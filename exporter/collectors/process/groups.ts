// The members of each group at one reading, summed up. One member that cannot be read leaves the whole sum unknown (NaN).
import { COUNTER, COUNTER_COUNT, type ProcessReading } from './counters.ts';
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
  /** Whether a counter was read of every member, in the order of COUNTER. */
  readonly readable: readonly boolean[];
  readonly processes: number;
  readonly threads: number;
  readonly residentBytes: number;
  readonly anonymousBytes: number;
  readonly virtualBytes: number;
  readonly swapBytes: number;
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
type Sum = Mutable<GroupReading> & { readonly readable: boolean[]; oldest: ProcessReading };

/** One entry per account. O(processes). */
export function sumGroups(
  processes: readonly ProcessReading[],
  accounts: ReadonlyMap<string, GroupAccount>,
): GroupReading[] {
  const sums = new Map<string, Sum>();
  for (const process of processes) {
    const account = accounts.get(process.group);
    if (account === undefined) continue;
    let sum = sums.get(process.group);
    if (sum === undefined) {
      sum = beginSum(account, process);
      sums.set(process.group, sum);
    }
    add(sum, process);
  }
  return [...sums.values()].map(finish);
}

function beginSum(account: GroupAccount, first: ProcessReading): Sum {
  return {
    name: first.group,
    cpuSeconds: CPU.reduce((total, counter) => total + account.added[counter]!, 0),
    account,
    readable: new Array<boolean>(COUNTER_COUNT).fill(true),
    processes: 0,
    threads: 0,
    residentBytes: 0,
    anonymousBytes: 0,
    virtualBytes: 0,
    swapBytes: 0,
    openFds: 0,
    fdLimitUsedRatio: 0,
    oldestStartSeconds: Number.NaN,
    busiestThreadRatio: Number.NaN,
    exe: undefined,
    oldest: first,
  };
}

function add(sum: Sum, member: ProcessReading): void {
  const { counters } = member;
  for (let index = 0; index < COUNTER_COUNT; index += 1) {
    if (Number.isNaN(counters[index])) sum.readable[index] = false;
  }
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

function finish({ oldest, ...sum }: Sum): GroupReading {
  return { ...sum, oldestStartSeconds: oldest.startSeconds, exe: oldest.exe };
}
