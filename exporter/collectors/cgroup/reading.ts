// What is read of one cgroup, whatever the version of the kernel's interface. A resource without a limit is not read at all.

export interface CgroupCpu {
  /** CPUs that the quota allows: 0.2 is 20 % of one. */
  readonly quotaCores: number;
  /** Periods of the quota in which the cgroup had something to run. */
  readonly periods: number;
  readonly throttledPeriods: number;
  /** Summed over CPUs. */
  readonly throttledSeconds: number;
  /** Undefined where CPU time is accounted elsewhere (version 1 without cpuacct). */
  readonly usageSeconds: number | undefined;
}

export interface CgroupMemory {
  readonly limitBytes: number;
  /** Page cache included. */
  readonly usageBytes: number;
  /** Page cache that is reclaimed first, before anything stalls. */
  readonly inactiveFileBytes: number | undefined;
  /** How often the limit was hit and something had to be reclaimed. */
  readonly failures: number | undefined;
  /** Undefined before Linux 4.13. */
  readonly oomKills: number | undefined;
}

export interface CgroupPids {
  readonly limit: number;
  readonly current: number;
}

export interface CgroupPressure {
  readonly resource: string;
  readonly waitingSeconds: number;
}

/** Each answers undefined when the cgroup has no such limit, and throws NoDataError when it is gone. */
export interface CgroupReaders {
  readonly cpu?: (path: string) => CgroupCpu | undefined;
  readonly memory?: (path: string) => CgroupMemory | undefined;
  readonly pids?: (path: string) => CgroupPids | undefined;
  /** Version 2 only. */
  readonly pressure?: (path: string) => readonly CgroupPressure[];
}

/** One tree of cgroups: version 2 has one for everything, version 1 has one per resource. */
export interface Hierarchy {
  /** Below sysfs. */
  readonly folder: string;
  readonly readers: CgroupReaders;
}
