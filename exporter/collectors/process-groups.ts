// The members of each group at one reading, summed up. One member that cannot be read leaves the whole sum unknown (NaN).
import { COUNTER, COUNTER_COUNT, type ProcessReading } from './process-counters.ts';
import type { GroupAccount } from './process-ledger.ts';

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

/** One entry per account. O(processes). */
export function sumGroups(
  processes: readonly ProcessReading[],
  accounts: ReadonlyMap<string, GroupAccount>,
): GroupReading[] {
  const members = Map.groupBy(processes, ({ group }) => group);
  return [...accounts].map(([name, account]) => sumGroup(name, account, members.get(name) ?? []));
}

function sumGroup(
  name: string,
  account: GroupAccount,
  members: readonly ProcessReading[],
): GroupReading {
  const sum = (pick: (member: ProcessReading) => number) =>
    members.reduce((total, member) => total + pick(member), 0);
  const oldest = members.reduce((a, b) => (b.startTicks < a.startTicks ? b : a), members[0]!);
  return {
    name,
    cpuSeconds: CPU.reduce((total, counter) => total + account.added[counter]!, 0),
    account,
    readable: Array.from({ length: COUNTER_COUNT }, (_, index) =>
      members.every(({ counters }) => !Number.isNaN(counters[index])),
    ),
    processes: members.length,
    threads: sum(({ threads }) => threads),
    residentBytes: sum(({ residentBytes }) => residentBytes),
    anonymousBytes: sum(({ anonymousBytes }) => anonymousBytes),
    virtualBytes: sum(({ virtualBytes }) => virtualBytes),
    swapBytes: sum(({ swapBytes }) => swapBytes),
    openFds: sum(({ openFds }) => openFds),
    fdLimitUsedRatio: members.reduce((worst, member) => {
      return Math.max(worst, member.fdLimitUsedRatio);
    }, 0),
    oldestStartSeconds: oldest.startSeconds,
    busiestThreadRatio: members.reduce((busiest, { busiestThreadRatio: ratio }) => {
      return Number.isNaN(busiest) || ratio > busiest ? ratio : busiest;
    }, Number.NaN),
    exe: oldest.exe,
  };
}
