// cgroup version 1: one tree per controller, times in nanoseconds.
// Source: https://docs.kernel.org/admin-guide/cgroup-v1/memory.html, https://docs.kernel.org/scheduler/sched-bwc.html
import type { HostFiles } from '../../sources/host-files.ts';
import { type CgroupFiles, createCgroupFiles } from './files.ts';
import type { CgroupCpu, CgroupMemory, CgroupPids, Hierarchy } from './reading.ts';

const NANOSECONDS = 1e9;
/** The kernel prints the largest multiple of its page size as the limit where there is none. */
const NO_MEMORY_LIMIT = 2 ** 62;

/** @param mounted names of the folders below fs/cgroup, such as `cpu,cpuacct`. */
export function versionOneTrees(files: HostFiles, mounted: readonly string[]): Hierarchy[] {
  const folderOf = (controller: string): string | undefined => {
    const name = mounted.find((folder) => folder.split(',').includes(controller));
    return name === undefined ? undefined : `fs/cgroup/${name}`;
  };
  const trees: Hierarchy[] = [];
  const cpu = folderOf('cpu');
  if (cpu !== undefined) {
    const accounting = createCgroupFiles(files, folderOf('cpuacct') ?? cpu);
    const own = createCgroupFiles(files, cpu);
    trees.push({ folder: cpu, readers: { cpu: (path) => readCpu(own, accounting, path) } });
  }
  const memory = folderOf('memory');
  if (memory !== undefined) {
    const own = createCgroupFiles(files, memory);
    trees.push({ folder: memory, readers: { memory: (path) => readMemory(own, path) } });
  }
  const pids = folderOf('pids');
  if (pids !== undefined) {
    const own = createCgroupFiles(files, pids);
    trees.push({ folder: pids, readers: { pids: (path) => readPids(own, path) } });
  }
  return trees;
}

function readCpu(own: CgroupFiles, accounting: CgroupFiles, path: string): CgroupCpu | undefined {
  const quota = own.limit(path, 'cpu.cfs_quota_us');
  const period = own.number(path, 'cpu.cfs_period_us');
  if (quota === undefined || period === undefined) return undefined;
  const table = own.table(path, 'cpu.stat');
  const periods = table.get('nr_periods');
  const throttledPeriods = table.get('nr_throttled');
  const throttled = table.get('throttled_time');
  if (periods === undefined || throttledPeriods === undefined || throttled === undefined) {
    return undefined;
  }
  const usage = accounting.number(path, 'cpuacct.usage');
  return {
    quotaCores: quota / period,
    periods,
    throttledPeriods,
    throttledSeconds: throttled / NANOSECONDS,
    usageSeconds: usage === undefined ? undefined : usage / NANOSECONDS,
  };
}

function readMemory(own: CgroupFiles, path: string): CgroupMemory | undefined {
  const limitBytes = own.limit(path, 'memory.limit_in_bytes');
  if (limitBytes === undefined || limitBytes >= NO_MEMORY_LIMIT) return undefined;
  const usageBytes = own.number(path, 'memory.usage_in_bytes');
  if (usageBytes === undefined) return undefined;
  return {
    limitBytes,
    usageBytes,
    inactiveFileBytes: own.row(path, 'memory.stat', 'total_inactive_file'),
    failures: own.number(path, 'memory.failcnt'),
    oomKills: own.table(path, 'memory.oom_control').get('oom_kill'),
  };
}

function readPids(own: CgroupFiles, path: string): CgroupPids | undefined {
  const limit = own.limit(path, 'pids.max');
  const current = limit === undefined ? undefined : own.number(path, 'pids.current');
  return limit === undefined || current === undefined ? undefined : { limit, current };
}
