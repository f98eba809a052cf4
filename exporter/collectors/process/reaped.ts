// CPU time of processes that nobody saw, or not to their end: the kernel adds what a child used to its parent when the parent
// waits for it. Source: man 2 times (tms_cutime), proc(5) (fields cutime and cstime of /proc/PID/stat).
import { COUNTER } from './counters.ts';

/** A child that was seen alive may be reaped one reading before it is missed, or after. */
const MAX_DEBT_READINGS = 2;
/** A tree of processes is not deeper than this; a loop, which a pid used again could make, ends here. */
const MAX_DEPTH = 64;
const MODES = ['user', 'system'] as const;
const PLACE = { user: COUNTER.userSeconds, system: COUNTER.systemSeconds } as const;
type Mode = (typeof MODES)[number];
type Times = Record<Mode, number>;

/** What is kept of the children of one process. Seconds. */
export interface Reaped {
  /** As the kernel counts, at the last reading. */
  readonly seen: Times;
  /** Counted at this reading; whose it was turns out at the next one. */
  readonly latest: Times;
  /** Counted at the reading before. */
  readonly pending: Times;
  /** Told as time of the process itself. */
  readonly credited: Times;
}

/** What is to be known of a process for that. */
export interface Parent {
  readonly pid: number;
  /** As it was read last, or one above that when that one has ended since. */
  parentPid: number;
  readonly counters: Float64Array;
  readonly reaped: Reaped;
}

/** @param seen what the process had reaped before its time is counted */
export function createReaped(seen: Times): Reaped {
  const none = () => ({ user: 0, system: 0 });
  return { seen: { ...seen }, latest: none(), pending: none(), credited: none() };
}

interface Debt extends Times {
  age: number;
}

/** Such a process is read although it stands still, lest its credit be overlooked. */
export function isPending({ pending }: Reaped): boolean {
  return pending.user > 0 || pending.system > 0;
}

export interface ReapedLedger {
  /** Takes down what the kernel says of a process now. */
  note(parent: Parent, now: Times): void;
  /** At the end of a reading: what is pending is credited, less what was told of the children while they lived. */
  settle(): void;
  /** Whether it may have reaped a child that was told of: soon it is not known any more that it was. */
  mayHaveReaped(pid: number): boolean;
  /** Before that: the time of processes that ended is not credited to those above them once more. */
  forget(ended: readonly Parent[], living: ReadonlyMap<number, Parent>): void;
}

/**
 * Never counts twice: who reaped a process whose parent ended is not known, so its time is taken off all that were above it.
 * Then some of the time of children that nobody saw may be lost.
 */
export function createReapedLedger(): ReapedLedger {
  const debts = new Map<number, Debt>();
  const waiting = new Set<Parent>();
  return {
    note(parent, now) {
      const { seen, latest } = parent.reaped;
      for (const mode of MODES) {
        latest[mode] = Math.max(0, now[mode] - seen[mode]);
        seen[mode] = now[mode];
      }
      if (latest.user > 0 || latest.system > 0) waiting.add(parent);
    },
    settle() {
      for (const parent of waiting) {
        credit(parent, debts);
        if (!isPending(parent.reaped)) waiting.delete(parent);
      }
      for (const [pid, debt] of debts) {
        debt.age += 1;
        if (debt.age > MAX_DEBT_READINGS) debts.delete(pid);
      }
    },
    mayHaveReaped: (pid) => debts.has(pid),
    forget(ended, living) {
      if (ended.length === 0) return;
      const gone = new Map(ended.map((parent) => [parent.pid, parent]));
      for (const parent of ended) waiting.delete(parent);
      for (const child of ended) {
        for (const pid of ancestors(child, (above) => gone.get(above) ?? living.get(above))) {
          if (!gone.has(pid)) charge(debts, pid, child);
        }
      }
      living.forEach((orphan) => {
        adopt(orphan, gone);
      });
    },
  };
}

function credit({ pid, counters, reaped }: Parent, debts: Map<number, Debt>): void {
  const debt = debts.get(pid);
  for (const mode of MODES) {
    const told = Math.min(reaped.pending[mode], debt?.[mode] ?? 0);
    if (debt !== undefined) debt[mode] -= told;
    const unseen = reaped.pending[mode] - told;
    reaped.pending[mode] = reaped.latest[mode];
    reaped.latest[mode] = 0;
    reaped.credited[mode] += unseen;
    counters[PLACE[mode]]! += unseen;
  }
}

/** What the kernel adds to the parent is the child's own time and that of its children; pending time was told by nobody. */
function charge(debts: Map<number, Debt>, pid: number, { counters, reaped }: Parent): void {
  const debt = debts.get(pid) ?? { user: 0, system: 0, age: 0 };
  for (const mode of MODES) {
    const own = counters[PLACE[mode]]! - reaped.credited[mode];
    debt[mode] += own + reaped.seen[mode] - reaped.pending[mode] - reaped.latest[mode];
  }
  debt.age = 0;
  debts.set(pid, debt);
}

/** A process that stands still is not read, and its parent's end is not seen: its reaper is one of those further up. */
function adopt(orphan: Parent, gone: ReadonlyMap<number, Parent>): void {
  for (let depth = 0; depth < MAX_DEPTH; depth += 1) {
    const parent = gone.get(orphan.parentPid);
    if (parent === undefined) return;
    orphan.parentPid = parent.parentPid;
  }
}

function* ancestors(child: Parent, find: (pid: number) => Parent | undefined): Generator<number> {
  let pid = child.parentPid;
  for (let depth = 0; depth < MAX_DEPTH && pid > 0; depth += 1) {
    yield pid;
    const above = find(pid);
    if (above === undefined) return;
    pid = above.parentPid;
  }
}
