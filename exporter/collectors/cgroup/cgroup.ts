// Cgroups that have a limit: how near they are to it, and what it cost them. Versions 1 and 2.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type HostFiles, optional } from '../../sources/host-files.ts';
import { createProcessFiles } from '../../sources/process-files.ts';
import { type Collector, NoDataError } from '../collector.ts';
import { createDeviceFilter } from '../device-filter.ts';
import type { ProcessDirectory } from '../process/directory.ts';
import { createMemberships } from '../process/identity.ts';
import type { CgroupConfig } from './config.ts';
import { type CgroupReading, cgroupFamilies, membersFamily } from './families.ts';
import { createMembers, type FindMembers } from './members.ts';
import type { CgroupReaders, Hierarchy } from './reading.ts';
import { walkCgroups } from './tree.ts';
import { versionOneTrees } from './v1.ts';
import { versionTwoTree } from './v2.ts';

/** The walk costs most, so a new cgroup or a new kind of limit is seen this late; known ones are read at every scrape. */
export const REFRESH_SECONDS = 30;
/** A turn of the event loop after so many cgroups keeps the exporter's other answers quick. */
const CGROUPS_PER_TURN = 16;

export interface CgroupCollectorOptions {
  readonly files: HostFiles;
  readonly config: CgroupConfig;
  /** Who is in which cgroup; nobody is told without it. */
  readonly processes?: ProcessDirectory;
  /** Monotonic seconds. */
  readonly clock?: () => number;
}

interface Limited {
  readonly path: string;
  /** Only those of the resources that are limited. */
  readonly readers: CgroupReaders;
}

interface Found {
  readonly limited: readonly Limited[];
  readonly paths: readonly string[];
  readonly dropped: number;
}

export function createCgroupCollector(options: CgroupCollectorOptions): Collector {
  const { files, config, clock = () => performance.now() / 1000 } = options;
  const findMembers = createFindMembers(options);
  let latest: { readonly at: number; readonly found: Found } | undefined;
  const refreshed = async (signal: AbortSignal): Promise<Found> => {
    const at = clock();
    if (latest === undefined || at - latest.at >= REFRESH_SECONDS) {
      latest = { at, found: await findLimited(files, config, signal) };
    }
    return latest.found;
  };
  return {
    name: 'cgroup',
    async collect(signal) {
      signal.throwIfAborted();
      const { limited, paths, dropped } = await refreshed(signal);
      const readings: CgroupReading[] = [];
      for (const [index, cgroup] of limited.entries()) {
        if (index % CGROUPS_PER_TURN === CGROUPS_PER_TURN - 1) {
          await setImmediate();
          signal.throwIfAborted();
        }
        readings.push(read(cgroup));
      }
      const members = membersFamily(await findMembers(paths, signal));
      return [...cgroupFamilies(readings, dropped), members];
    },
  };
}

function createFindMembers({ files, processes, clock }: CgroupCollectorOptions): FindMembers {
  if (processes === undefined) return async () => [];
  const { procfs } = files.paths;
  return createMembers({
    processes,
    readMembership: createMemberships(createProcessFiles({ procfs })),
    clock: clock ?? (() => performance.now() / 1000),
  });
}

async function findLimited(
  files: HostFiles,
  config: CgroupConfig,
  signal: AbortSignal,
): Promise<Found> {
  const isKept = createDeviceFilter(config.ignored_paths);
  const byPath = new Map<string, CgroupReaders>();
  let unvisited = 0;
  for (const { folder, readers } of treesOf(files)) {
    const walk = await walkCgroups(join(files.paths.sysfs, folder), signal);
    unvisited += walk.unvisited;
    for (const [index, path] of walk.paths.filter(isKept).entries()) {
      if (index % CGROUPS_PER_TURN === 0) await setImmediate();
      const limits = onlyLimited(path, readers, config);
      if (limits !== undefined) byPath.set(path, { ...byPath.get(path), ...limits });
    }
  }
  const all = [...byPath].map(([path, readers]) => ({ path, readers }));
  const limited = all.slice(0, config.max_cgroups);
  return {
    limited,
    paths: limited.map(({ path }) => path),
    dropped: Math.max(0, all.length - config.max_cgroups) + unvisited,
  };
}

/** With systemd's hybrid layout the controllers are in the trees of version 1. @throws {NoDataError} without any tree. */
function treesOf(files: HostFiles): Hierarchy[] {
  if (optional(() => files.sys('fs/cgroup/cgroup.controllers')) !== undefined) {
    return [versionTwoTree(files, 'fs/cgroup')];
  }
  const root = join(files.paths.sysfs, 'fs/cgroup');
  const trees = versionOneTrees(files, foldersOf(root));
  if (trees.length > 0) return trees;
  throw new NoDataError(
    'not_supported',
    `Cannot find cgroups in ${root}: neither cgroup.controllers nor a folder cpu, memory or pids`,
  );
}

function foldersOf(root: string): string[] {
  try {
    return readdirSync(root);
  } catch (cause) {
    const message = `Cannot list ${root}: ${(cause as Error).message}`;
    throw new NoDataError('not_supported', message);
  }
}

function onlyLimited(
  path: string,
  readers: CgroupReaders,
  config: CgroupConfig,
): CgroupReaders | undefined {
  const { cpu, memory, pids, pressure } = readers;
  const limits: CgroupReaders = {
    ...(cpu?.(path) !== undefined && { cpu }),
    ...(memory?.(path) !== undefined && { memory }),
    ...(pids?.(path) !== undefined && { pids }),
  };
  if (Object.keys(limits).length === 0) return undefined;
  return config.pressure && pressure !== undefined ? { ...limits, pressure } : limits;
}

/** A cgroup that is gone since it was found has no values. */
function read({ path, readers: { cpu, memory, pids, pressure } }: Limited): CgroupReading {
  return {
    path,
    cpu: cpu?.(path),
    memory: memory?.(path),
    pids: pids?.(path),
    pressure: pressure?.(path) ?? [],
  };
}
