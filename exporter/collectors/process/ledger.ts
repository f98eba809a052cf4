// The counters of process groups: they take what every member adds and never go down, whoever exits, comes back or changes group.
import { COUNTER, COUNTER_COUNT } from './counters.ts';

/** Counters of groups without members are kept, for when they come back, up to this many groups. */
export const MAX_REMEMBERED_GROUPS = 2000;

/** What the ledger needs of a reading; `counters` are cumulative, NaN where nothing could be read. */
export interface LedgerEntry {
  readonly pid: number;
  readonly startTicks: number;
  readonly group: string;
  readonly counters: Float64Array;
  /** Nothing but sleep and locks has grown. */
  readonly resting?: boolean;
}

export interface GroupAccount {
  /** Never decreasing, in the order of COUNTER. */
  readonly totals: Float64Array;
  /** What the last call of `advance` added. */
  readonly added: Float64Array;
}

export interface Ledger {
  /** Books one reading of all living processes. @returns the accounts of the groups that have members, by group. */
  advance(entries: readonly LedgerEntry[]): ReadonlyMap<string, GroupAccount>;
}

interface Remembered {
  readonly startTicks: number;
  readonly counters: Float64Array;
  seen: number;
}

/**
 * A process seen for the first time adds its whole counters, later what they grew by; growth goes to the group that the
 * process is in now. A counter that shrinks or cannot be read adds nothing. O(processes + groups) per reading.
 */
export function createLedger(maxRemembered = MAX_REMEMBERED_GROUPS): Ledger {
  const processes = new Map<number, Remembered>();
  const absent = new Map<string, GroupAccount>();
  let present = new Map<string, GroupAccount>();
  let reading = 0;
  return {
    advance(entries) {
      reading += 1;
      const before = present;
      present = new Map();
      // By index, as wherever all processes are gone through: an iterator makes an object for each.
      for (let index = 0; index < entries.length; index += 1) {
        const entry = entries[index]!;
        const { group } = entry;
        let account = present.get(group);
        if (account === undefined) {
          account = before.get(group) ?? absent.get(group) ?? openAccount();
          account.added.fill(0);
          present.set(group, account);
          absent.delete(group);
        }
        book(account, recall(processes, entry, reading), entry);
      }
      if (processes.size > entries.length) forgetUnseen(processes, reading);
      for (const [group, account] of before) if (!present.has(group)) absent.set(group, account);
      forgetOldest(absent, maxRemembered);
      return present;
    },
  };
}

function forgetUnseen(processes: Map<number, Remembered>, reading: number): void {
  processes.forEach(({ seen }, pid) => {
    if (seen !== reading) processes.delete(pid);
  });
}

function openAccount(): GroupAccount {
  return { totals: new Float64Array(COUNTER_COUNT), added: new Float64Array(COUNTER_COUNT) };
}

/** The last counters of this very process; a pid with another start time is another process. */
function recall(
  processes: Map<number, Remembered>,
  { pid, startTicks }: LedgerEntry,
  reading: number,
): Float64Array {
  const known = processes.get(pid);
  if (known?.startTicks === startTicks) {
    known.seen = reading;
    return known.counters;
  }
  const counters = new Float64Array(COUNTER_COUNT);
  processes.set(pid, { startTicks, counters, seen: reading });
  return counters;
}

/** Of a resting process only the neighbours lock, paging and sleeping are looked at. */
function book({ totals, added }: GroupAccount, last: Float64Array, entry: LedgerEntry): void {
  const { counters: now, resting } = entry;
  const end = resting === true ? COUNTER.sleeping + 1 : COUNTER_COUNT;
  for (let index = resting === true ? COUNTER.lock : 0; index < end; index += 1) {
    const value = now[index]!;
    if (Number.isNaN(value)) continue;
    const growth = Math.max(0, value - last[index]!);
    totals[index]! += growth;
    added[index]! += growth;
    last[index] = value;
  }
}

/** Maps keep the order of insertion, so the first are the longest absent. */
function forgetOldest(absent: Map<string, GroupAccount>, max: number): void {
  for (const group of absent.keys()) {
    if (absent.size <= max) return;
    absent.delete(group);
  }
}
