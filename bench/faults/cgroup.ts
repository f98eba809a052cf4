// Limits of CPU, memory and storage for a group of processes, by control groups of version 1 or 2, whichever has the controller.
import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readText } from './files.ts';

export const CGROUP_ROOT = '/sys/fs/cgroup';
const PERIOD_US = 100_000;
/** Processes that were killed leave their cgroup a moment later. */
const REMOVE_ATTEMPTS = 40;
const REMOVE_PAUSE_MS = 50;

export interface CgroupLimits {
  /** Of one CPU. */
  readonly cpus?: number;
  readonly memoryBytes?: number;
  readonly readBytesPerSecond?: { readonly device: string; readonly rate: number };
  /** Named like any folder and not like a systemd unit, so that the name does not tell whose it is. */
  readonly anonymous?: boolean;
}
type Controller = 'cpu' | 'memory' | 'io';

export interface Cgroup {
  /** Write a pid into each of them. */
  readonly procsFiles: readonly string[];
  remove(): Promise<void>;
}

/** The folder under which a controller's groups are made, and its version; undefined when the kernel does not offer it. */
export function hierarchy(controller: Controller): { root: string; version: 1 | 2 } | undefined {
  const first = join(CGROUP_ROOT, controller === 'io' ? 'blkio' : controller);
  if (existsSync(join(first, 'cgroup.procs'))) return { root: first, version: 1 };
  const second = [CGROUP_ROOT, join(CGROUP_ROOT, 'unified')].find((root) =>
    readText(join(root, 'cgroup.controllers')).split(/\s+/).includes(controller),
  );
  return second === undefined ? undefined : { root: second, version: 2 };
}

/** Why a limit cannot be set here; undefined when it can. */
export function cgroupMissing(controller: Controller): string | undefined {
  const found = hierarchy(controller);
  if (found === undefined) return `no cgroup controller ${controller} below ${CGROUP_ROOT}`;
  try {
    accessSync(join(found.root, 'cgroup.procs'), constants.W_OK);
    return undefined;
  } catch {
    return `${found.root} is not writable: run as root, outside of a container`;
  }
}

/** @throws when a controller is not there or refuses the limit. */
export function createCgroup(id: string, limits: CgroupLimits): Cgroup {
  const name = limits.anonymous ? id : `${id}.service`;
  const folders: string[] = [];
  for (const [controller, write] of settings(limits)) {
    const found = hierarchy(controller);
    if (found === undefined) throw new Error(cgroupMissing(controller));
    if (found.version === 2) enable(found.root, controller);
    const roots = found.version === 1 ? versionOneRoots() : [found.root];
    for (const folder of roots.map((root) => join(root, name))) {
      mkdirSync(folder, { recursive: true });
      if (!folders.includes(folder)) folders.push(folder);
    }
    const [file, value] = write(found.version);
    writeFileSync(join(found.root, name, file), value);
  }
  return {
    procsFiles: folders.map((folder) => join(folder, 'cgroup.procs')),
    remove: async () => {
      for (const folder of folders) await removeCgroup(folder);
    },
  };
}

/** @throws when processes remain in it. */
export async function removeCgroup(folder: string): Promise<void> {
  for (let attempt = 1; existsSync(folder); attempt += 1) {
    try {
      rmdirSync(folder);
    } catch (error) {
      if (attempt >= REMOVE_ATTEMPTS) throw error;
      await sleep(REMOVE_PAUSE_MS);
    }
  }
}

/** A container runtime puts its processes into the same path of every hierarchy. */
function versionOneRoots(): string[] {
  const roots = ['cpu', 'cpuacct', 'memory', 'blkio'].map((name) => join(CGROUP_ROOT, name));
  return roots.filter((root) => existsSync(join(root, 'cgroup.procs')));
}

type Setting = [Controller, (version: 1 | 2) => [file: string, value: string]];

/** Kernel documentation: admin-guide/cgroup-v1/{memory,blkio-controller}, scheduler/sched-bwc, admin-guide/cgroup-v2. */
function settings({ cpus, memoryBytes, readBytesPerSecond: read }: CgroupLimits): Setting[] {
  const all: Setting[] = [];
  if (cpus !== undefined) {
    const quota = Math.round(cpus * PERIOD_US);
    all.push([
      'cpu',
      (version) =>
        version === 1 ? ['cpu.cfs_quota_us', `${quota}`] : ['cpu.max', `${quota} ${PERIOD_US}`],
    ]);
  }
  if (memoryBytes !== undefined) {
    const file = (version: 1 | 2) => (version === 1 ? 'memory.limit_in_bytes' : 'memory.max');
    all.push(['memory', (version) => [file(version), `${memoryBytes}`]]);
  }
  if (read !== undefined) {
    all.push([
      'io',
      (version) =>
        version === 1
          ? ['blkio.throttle.read_bps_device', `${read.device} ${read.rate}`]
          : ['io.max', `${read.device} rbps=${read.rate}`],
    ]);
  }
  return all;
}

/** Version 2 gives a controller to the children only when the parent says so. */
function enable(root: string, controller: Controller): void {
  const file = join(root, 'cgroup.subtree_control');
  if (!readText(file).split(/\s+/).includes(controller)) writeFileSync(file, `+${controller}`);
}
