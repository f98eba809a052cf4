// Which process holds a socket: the search through /proc/PID/fd, kept short by remembering what was found and where to look first.
import { setImmediate } from 'node:timers/promises';
import type { SocketFiles } from '../../sources/socket-files.ts';

/** CPU time of one search, some 1000 processes; what is left goes on at the next one. */
const BUDGET_MS = 50;
/** After so much the loop takes a turn, so that requests do not wait for the search. */
const SLICE_MS = 5;
/** A socket that no process has is searched for again only after so many searches. */
const RETRY_AFTER_SEARCHES = 20;

export type MissingReason = 'not_searched' | 'permission_denied' | 'no_owner';

export interface OwnerSearch {
  /**
   * Looks for the holders of the inodes that are not known yet.
   * @param inodes those of all sockets; what is known of others is forgotten.
   * @param likely pids to look at first.
   */
  search(inodes: ReadonlySet<number>, likely: Iterable<number>): Promise<void>;
  ownerOf(inode: number): number | undefined;
  /** Why there is no owner. */
  reasonOf(inode: number): MissingReason;
}

export interface OwnerSearchOptions {
  readonly files: SocketFiles;
  /** Milliseconds of CPU time used by this thread: waiting for a CPU is no cost of the search. */
  readonly clock?: () => number;
  readonly budgetMs?: number;
}

interface Search {
  /** Of the processes looked at one after the other when this inode was seen first. */
  readonly startedAt: number;
  readonly firstSearch: number;
  /** The search that ended without an owner. */
  endedAt?: number;
}

interface State extends Required<OwnerSearchOptions> {
  readonly owners: Map<number, number>;
  readonly searches: Map<number, Search>;
  /** Open files known as sockets that are still there: no need to read their links again. */
  known: Map<number, Map<string, number>>;
  readonly denied: Set<number>;
  /** Goes through all pids in turn. */
  cursor: number;
  visits: number;
  count: number;
}

/**
 * Without new sockets a search costs nothing. New ones are searched in the likely processes and those never looked at; only
 * a socket that outlives a search is searched everywhere, since most of the others are closed by then.
 */
export function createOwnerSearch(options: OwnerSearchOptions): OwnerSearch {
  const state: State = {
    clock: threadCpuMs,
    budgetMs: BUDGET_MS,
    ...options,
    owners: new Map(),
    searches: new Map(),
    known: new Map(),
    denied: new Set(),
    cursor: 0,
    visits: 0,
    count: 0,
  };
  const { owners, searches } = state;
  return {
    async search(inodes, likely) {
      state.count += 1;
      forgetClosed(state, inodes);
      forgetDead(state);
      const wanted = chooseWanted(state, inodes);
      if (wanted.size > 0) await searchFor(state, { wanted, inodes, likely });
    },
    ownerOf: (inode) => owners.get(inode),
    reasonOf(inode) {
      if (searches.get(inode)?.endedAt === undefined) return 'not_searched';
      return state.denied.size > 0 ? 'permission_denied' : 'no_owner';
    },
  };
}

function forgetClosed({ owners, searches, known }: State, inodes: ReadonlySet<number>): void {
  for (const inode of owners.keys()) if (!inodes.has(inode)) owners.delete(inode);
  for (const inode of searches.keys()) if (!inodes.has(inode)) searches.delete(inode);
  for (const sockets of known.values()) {
    for (const [file, inode] of sockets) if (!inodes.has(inode)) sockets.delete(file);
  }
}

/** A socket whose process has ended lives on in another one. */
function forgetDead({ owners, files }: State): void {
  const dead = new Set([...new Set(owners.values())].filter((pid) => !files.isAlive(pid)));
  if (dead.size === 0) return;
  for (const [inode, pid] of owners) if (dead.has(pid)) owners.delete(inode);
}

function chooseWanted(state: State, inodes: ReadonlySet<number>): Set<number> {
  const { owners, searches, count, visits } = state;
  const wanted = new Set<number>();
  for (const inode of inodes) {
    if (owners.has(inode)) continue;
    const endedAt = searches.get(inode)?.endedAt;
    if (endedAt !== undefined && count - endedAt < RETRY_AFTER_SEARCHES) continue;
    if (endedAt !== undefined || !searches.has(inode)) {
      searches.set(inode, { startedAt: visits, firstSearch: count });
    }
    wanted.add(inode);
  }
  return wanted;
}

interface Task {
  readonly wanted: Set<number>;
  readonly inodes: ReadonlySet<number>;
  readonly likely: Iterable<number>;
}

async function searchFor(state: State, task: Task): Promise<void> {
  const { files, known, denied, clock, budgetMs } = state;
  const pids = files.listProcesses();
  const alive = new Set(pids);
  for (const pid of known.keys()) if (!alive.has(pid)) known.delete(pid);
  for (const pid of denied) if (!alive.has(pid)) denied.delete(pid);
  let [usedMs, sliceStart] = [0, clock()];
  const hurry = () => usedMs + clock() - sliceStart >= budgetMs / 2;
  for (const pid of inOrder(state, { pids, alive, task, hurry })) {
    look(state, task, pid);
    const sliceMs = clock() - sliceStart;
    if (usedMs + sliceMs >= budgetMs) return;
    if (task.wanted.size === 0) return;
    if (sliceMs < SLICE_MS) continue;
    usedMs += sliceMs;
    await setImmediate();
    sliceStart = clock();
  }
}

interface Round {
  readonly pids: readonly number[];
  readonly alive: ReadonlySet<number>;
  readonly task: Task;
  /** Half of the budget is used. */
  readonly hurry: () => boolean;
}

/**
 * Likely processes, those never looked at, those with sockets; then, for sockets seen twice, all in turn. Looking again at
 * the same ones takes at most half of the budget, lest the others never have theirs.
 */
function* inOrder(state: State, { pids, alive, task, hurry }: Round): Generator<number> {
  const { known, denied } = state;
  const done = new Set<number>();
  const withSockets = [...known].filter(([, sockets]) => sockets.size > 0).map(([pid]) => pid);
  // The youngest first: they are the likeliest to have opened what is new.
  const fresh = pids.filter((pid) => !known.has(pid) && !denied.has(pid)).toSorted((a, b) => b - a);
  const isFresh = new Set(fresh);
  for (const pid of [...task.likely, ...fresh, ...withSockets]) {
    if (done.has(pid) || !alive.has(pid)) continue;
    if (!isFresh.has(pid) && hurry()) continue;
    done.add(pid);
    yield pid;
  }
  if (![...task.wanted].some((inode) => seenBefore(state, inode))) return;
  const sorted = pids.toSorted((a, b) => a - b);
  const next = sorted.findIndex((pid) => pid > state.cursor);
  const turn = next <= 0 ? sorted : [...sorted.slice(next), ...sorted.slice(0, next)];
  for (const pid of turn) {
    if (!done.has(pid)) yield pid;
    state.cursor = pid;
    state.visits += 1;
    endSearches(state, task.wanted, pids.length);
  }
}

function seenBefore({ searches, count }: State, inode: number): boolean {
  return (searches.get(inode)?.firstSearch ?? count) < count;
}

/** A socket has no owner when every process was looked at since it was first seen. */
function endSearches({ searches, visits, count }: State, wanted: Set<number>, processes: number) {
  for (const inode of wanted) {
    const search = searches.get(inode);
    if (search === undefined || visits - search.startedAt < processes) continue;
    search.endedAt = count;
    wanted.delete(inode);
  }
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

const SOCKET_LINK = /^socket:\[(\d+)\]$/;

function look({ files, known, denied, owners, searches }: State, task: Task, pid: number): void {
  const list = files.listFiles(pid);
  if (list === 'denied') {
    denied.add(pid);
    return;
  }
  denied.delete(pid);
  const before = known.get(pid);
  const sockets = new Map<string, number>();
  known.set(pid, sockets);
  for (const file of list) {
    const link = before?.has(file) ? undefined : files.readFile(pid, file);
    if (link === 'denied') {
      denied.add(pid);
      return;
    }
    const inode = before?.get(file) ?? inodeOf(link);
    if (inode === undefined || !task.inodes.has(inode)) continue;
    sockets.set(file, inode);
    if (owners.has(inode)) continue;
    owners.set(inode, pid);
    searches.delete(inode);
    task.wanted.delete(inode);
  }
}

function inodeOf(link: string | undefined): number | undefined {
  const match = link === undefined ? null : SOCKET_LINK.exec(link);
  return match === null ? undefined : Number(match[1]);
}
