// TCP traffic of process groups and connections per port, from socket diagnostics: looks in the background, so that a scrape only reads.
import { endianness } from 'node:os';
import type { MetricFamily } from '../../promformat/family.ts';
import { createSocketDumpReader, type ReadSocketDump } from '../../sources/socket-dump.ts';
import { createSocketFiles, type SocketFiles } from '../../sources/socket-files.ts';
import { type Collector, NoDataError } from '../collector.ts';
import type { ProcessDirectory } from '../process/directory.ts';
import { socketFamilies } from './families.ts';
import { type Attribution, createSocketLedger, type SocketLedger } from './ledger.ts';
import { createOwnerSearch, type OwnerSearch } from './owners.ts';
import { parseSocketDump, type Socket } from './parse.ts';
import { tallyAcceptQueues, tallyPorts } from './ports.ts';

const LITTLE_ENDIAN = endianness() === 'LE';

export interface SocketsCollectorOptions {
  /** Seconds from one look to the next. */
  readonly interval: number;
  /** Where procfs is mounted, such as `/proc`. */
  readonly procfs: string;
  readonly processes: ProcessDirectory;
  /** Stand for the real ss and procfs in tests. */
  readonly readDump?: ReadSocketDump | undefined;
  readonly files?: SocketFiles | undefined;
}

export interface SocketsCollector extends Collector {
  /** One look at all sockets, or the one under way; `start` takes one per interval. Never rejects. */
  look(): Promise<void>;
  start(): void;
  stop(): Promise<void>;
}

type Outcome =
  | { readonly kind: 'families'; readonly families: MetricFamily[] }
  | { readonly kind: 'failed'; readonly error: Error };

/** Nothing is run before `start`; the first scrape waits for the first look. */
export function createSocketsCollector(options: SocketsCollectorOptions): SocketsCollector {
  const readLook = createLook(options);
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let latest: Outcome | undefined;
  let underWay: Promise<void> | undefined;
  const look = (): Promise<void> => {
    underWay ??= settle(readLook, stopping.signal).then((outcome) => {
      latest = outcome;
      underWay = undefined;
    });
    return underWay;
  };
  const run = async (): Promise<void> => {
    const startedAt = performance.now();
    await look();
    if (stopping.signal.aborted) return;
    const restMs = options.interval * 1000 - (performance.now() - startedAt);
    timer = setTimeout(run, Math.max(0, restMs)).unref();
  };
  return {
    name: 'sockets',
    look,
    start: () => void run(),
    async collect(signal) {
      signal.throwIfAborted();
      if (latest === undefined) await look();
      signal.throwIfAborted();
      if (latest?.kind === 'families') return [...latest.families];
      throw latest?.error ?? new Error('The sockets could not be looked at');
    },
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await underWay;
    },
  };
}

async function settle(
  read: (signal: AbortSignal) => Promise<MetricFamily[]>,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return { kind: 'families', families: await read(signal) };
  } catch (error) {
    return { kind: 'failed', error: error as Error };
  }
}

function createLook(options: SocketsCollectorOptions) {
  const { procfs, processes, readDump = createSocketDumpReader() } = options;
  const search = createOwnerSearch({ files: options.files ?? createSocketFiles(procfs) });
  const ledger: SocketLedger = createSocketLedger();
  return async (signal: AbortSignal): Promise<MetricFamily[]> => {
    const dump = await readDump(signal);
    const { sockets, ended } = parseSocketDump(dump.bytes, LITTLE_ENDIAN);
    const complete = ended && !dump.truncated;
    if (!ended && !dump.truncated) {
      throw new Error(`ss ended before the list of sockets did, after ${sockets.length} sockets`);
    }
    const groups = await groupsOf(processes);
    if (groups !== undefined) await findOwners(search, sockets);
    const attribute = createAttribution({ search, groups, sockets });
    const living = new Set(groups?.values());
    const traffic = ledger.book({ sockets, complete, attribute, living });
    const acceptQueues = tallyAcceptQueues(sockets, (socket) =>
      groupOf(attribute(socket, undefined)),
    );
    return socketFamilies(traffic, complete ? tallyPorts(sockets) : undefined, acceptQueues);
  };
}

function groupOf(attribution: Attribution): string | undefined {
  return 'group' in attribution ? attribution.group : undefined;
}

/** Undefined when there is no process collector: the traffic is then nobody's. */
async function groupsOf(
  processes: ProcessDirectory,
): Promise<ReadonlyMap<number, string> | undefined> {
  try {
    return await processes.groupsByPid();
  } catch (error) {
    if (error instanceof NoDataError) return undefined;
    throw error;
  }
}

/** The listeners come first: most new sockets were accepted by them. */
async function findOwners(search: OwnerSearch, sockets: readonly Socket[]): Promise<void> {
  const inodes = new Set<number>();
  const listeners = new Set<number>();
  for (const { inode, state } of sockets) {
    if (inode === 0) continue;
    inodes.add(inode);
    const owner = state === 'listen' ? search.ownerOf(inode) : undefined;
    if (owner !== undefined) listeners.add(owner);
  }
  await search.search(inodes, listeners);
}

interface AttributionParts {
  readonly search: OwnerSearch;
  readonly groups: ReadonlyMap<number, string> | undefined;
  readonly sockets: readonly Socket[];
}

/** A socket that no process holds yet or any more belongs to its last group, or to who listens on its port. */
function createAttribution({ search, groups, sockets }: AttributionParts) {
  if (groups === undefined) return (): Attribution => ({ reason: 'no_process_groups' });
  const groupOf = ({ inode }: Socket): string | undefined => {
    const pid = search.ownerOf(inode);
    return pid === undefined ? undefined : groups.get(pid);
  };
  const listeners = new Map<number, string | undefined>();
  for (const socket of sockets) {
    if (socket.state !== 'listen') continue;
    const { localPort } = socket;
    const group = groupOf(socket);
    const same = !listeners.has(localPort) || listeners.get(localPort) === group;
    listeners.set(localPort, same ? group : undefined);
  }
  return (socket: Socket, last: string | undefined): Attribution => {
    if (socket.inode === 0) {
      const group = last ?? listeners.get(socket.localPort);
      return group === undefined ? { reason: 'no_owner' } : { group };
    }
    const group = groupOf(socket);
    if (group !== undefined) return { group };
    // A process younger than the last reading of the processes is found, but has no group yet.
    const known = search.ownerOf(socket.inode) !== undefined;
    return { reason: known ? 'not_searched' : search.reasonOf(socket.inode) };
  };
}
