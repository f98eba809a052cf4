// cgroup version 2: one tree, times in microseconds.
// Source: https://docs.kernel.org/admin-guide/cgroup-v2.html
import type { HostFiles } from '../../sources/host-files.ts';
import { kernelNumber } from '../kernel-number.ts';
import { parsePressure } from '../pressure.ts';
import { type CgroupFiles, createCgroupFiles } from './files.ts';
import type { CgroupCpu, CgroupMemory, CgroupPids, CgroupPressure, Hierarchy } from './reading.ts';

const MICROSECONDS = 1e6;
const PRESSURE_RESOURCES = ['cpu', 'io', 'memory'] as const;

export function versionTwoTree(files: HostFiles, folder: string): Hierarchy {
  const own = createCgroupFiles(files, folder);
  return {
    folder,
    readers: {
      cpu: (path) => readCpu(own, path),
      memory: (path) => readMemory(own, path),
      pids: (path) => readPids(own, path),
      pressure: (path) => readPressure(own, path),
    },
  };
}

/** cpu.max is `<quota or max> <period>`; the root of a tree has none. */
function readCpu(own: CgroupFiles, path: string): CgroupCpu | undefined {
  const [quota, period] = own.words(path, 'cpu.max') ?? [];
  if (quota === undefined || quota === 'max') return undefined;
  const table = own.table(path, 'cpu.stat');
  const periods = table.get('nr_periods');
  const throttledPeriods = table.get('nr_throttled');
  const throttled = table.get('throttled_usec');
  if (periods === undefined || throttledPeriods === undefined || throttled === undefined) {
    return undefined;
  }
  const usage = table.get('usage_usec');
  const place = `cpu.max of cgroup ${path}`;
  return {
    quotaCores: kernelNumber(quota, place) / kernelNumber(period, place),
    periods,
    throttledPeriods,
    throttledSeconds: throttled / MICROSECONDS,
    usageSeconds: usage === undefined ? undefined : usage / MICROSECONDS,
  };
}

function readMemory(own: CgroupFiles, path: string): CgroupMemory | undefined {
  const limitBytes = own.limit(path, 'memory.max');
  const usageBytes = limitBytes === undefined ? undefined : own.number(path, 'memory.current');
  if (limitBytes === undefined || usageBytes === undefined) return undefined;
  const events = own.table(path, 'memory.events');
  return {
    limitBytes,
    usageBytes,
    inactiveFileBytes: own.row(path, 'memory.stat', 'inactive_file'),
    failures: events.get('max'),
    oomKills: events.get('oom_kill'),
  };
}

function readPids(own: CgroupFiles, path: string): CgroupPids | undefined {
  const limit = own.limit(path, 'pids.max');
  const current = limit === undefined ? undefined : own.number(path, 'pids.current');
  return limit === undefined || current === undefined ? undefined : { limit, current };
}

function readPressure(own: CgroupFiles, path: string): CgroupPressure[] {
  return PRESSURE_RESOURCES.flatMap((resource) => {
    const text = own.text(path, `${resource}.pressure`);
    if (text === undefined) return [];
    return [{ resource, waitingSeconds: parsePressure(text).waitingSeconds }];
  });
}
