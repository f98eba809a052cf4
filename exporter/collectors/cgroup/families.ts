// Readings of cgroups as metric families, label `cgroup` = path in its tree.
import { counter, gauge, type MetricFamily, type Sample } from '../../promformat/family.ts';
import type { Member } from './members.ts';
import type { CgroupCpu, CgroupMemory, CgroupPids, CgroupPressure } from './reading.ts';

export interface CgroupReading {
  readonly path: string;
  readonly cpu: CgroupCpu | undefined;
  readonly memory: CgroupMemory | undefined;
  readonly pids: CgroupPids | undefined;
  readonly pressure: readonly CgroupPressure[];
}

type Value = (reading: CgroupReading) => number | undefined;

const FAMILIES: readonly (readonly ['counter' | 'gauge', string, string, Value])[] = [
  ['gauge', 'cpu_quota_cores', 'CPUs that the quota allows.', ({ cpu }) => cpu?.quotaCores],
  [
    'counter',
    'cpu_usage_seconds_total',
    'CPU time used, in seconds.',
    ({ cpu }) => cpu?.usageSeconds,
  ],
  [
    'counter',
    'cpu_periods_total',
    'Periods of the CPU quota in which something could run.',
    ({ cpu }) => cpu?.periods,
  ],
  [
    'counter',
    'cpu_throttled_periods_total',
    'Periods in which the CPU quota was used up and everything had to wait.',
    ({ cpu }) => cpu?.throttledPeriods,
  ],
  [
    'counter',
    'cpu_throttled_seconds_total',
    'Seconds of waiting for the next period of the CPU quota, summed over CPUs.',
    ({ cpu }) => cpu?.throttledSeconds,
  ],
  [
    'gauge',
    'memory_usage_bytes',
    'Memory in use, page cache included.',
    ({ memory }) => memory?.usageBytes,
  ],
  [
    'gauge',
    'memory_inactive_file_bytes',
    'Page cache that is freed first; memory in use without it is what presses on the limit.',
    ({ memory }) => memory?.inactiveFileBytes,
  ],
  ['gauge', 'memory_limit_bytes', 'Memory limit.', ({ memory }) => memory?.limitBytes],
  [
    'counter',
    'memory_failures_total',
    'Times that the memory limit was hit and memory had to be reclaimed.',
    ({ memory }) => memory?.failures,
  ],
  [
    'counter',
    'memory_oom_kills_total',
    'Processes killed because of the memory limit.',
    ({ memory }) => memory?.oomKills,
  ],
  ['gauge', 'pids', 'Processes and threads.', ({ pids }) => pids?.current],
  ['gauge', 'pids_limit', 'Processes and threads that are allowed.', ({ pids }) => pids?.limit],
];

/** @param dropped how many cgroups are left out, see the help text. */
export function cgroupFamilies(
  readings: readonly CgroupReading[],
  dropped: number,
): MetricFamily[] {
  return [
    ...FAMILIES.map(([type, name, help, value]) => {
      const family = type === 'counter' ? counter : gauge;
      return family(`guard_cgroup_${name}`, help, samplesOf(readings, value));
    }),
    counter(
      'guard_cgroup_pressure_waiting_seconds_total',
      'Seconds in which at least one task of the cgroup waited for the resource.',
      readings.flatMap(({ path, pressure }) =>
        pressure.map(({ resource, waitingSeconds }) => ({
          labels: { cgroup: path, resource },
          value: waitingSeconds,
        })),
      ),
    ),
    gauge(
      'guard_cgroups_dropped',
      'Cgroups with a limit that are left out because there are more than max_cgroups, and cgroups too many or too deep to be looked at.',
      dropped,
    ),
  ];
}

/** Which groups a limit holds for, to be joined with the families above by `cgroup`. */
export function membersFamily(members: readonly Member[]): MetricFamily {
  return gauge(
    'guard_process_cgroup_info',
    'Cgroups with a limit that processes of the group are in or below; the value is always 1.',
    members.map(({ group, cgroup }) => ({ labels: { group, cgroup }, value: 1 })),
  );
}

function samplesOf(readings: readonly CgroupReading[], value: Value): Sample[] {
  return readings.flatMap((reading) => {
    const number = value(reading);
    return number === undefined ? [] : [{ labels: { cgroup: reading.path }, value: number }];
  });
}
