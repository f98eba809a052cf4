// Which groups keep the CPUs busy, and which of their processes, from two readings of CPU times.

export interface ProcessCpu {
  readonly group: string;
  /** User and system, since the process started. */
  readonly cpuSeconds: number;
  /** With the pid it names a process for ever. */
  readonly startTicks: number;
}

export type CpuReading = ReadonlyMap<number, ProcessCpu>;

export interface BusyGroup {
  readonly group: string;
  /** CPUs used on average between the readings. */
  readonly cpus: number;
  /** Busiest first. */
  readonly pids: readonly number[];
}

/** Busiest group first. A process that was not there before counts with all its time; one that has ended does not count. */
export function busyGroups(before: CpuReading, after: CpuReading, seconds: number): BusyGroup[] {
  const groups = new Map<
    string,
    { cpuSeconds: number; processes: [pid: number, used: number][] }
  >();
  for (const [pid, { group, cpuSeconds, startTicks }] of after) {
    const earlier = before.get(pid);
    const used = cpuSeconds - (earlier?.startTicks === startTicks ? earlier.cpuSeconds : 0);
    const entry = groups.get(group) ?? { cpuSeconds: 0, processes: [] };
    entry.cpuSeconds += used;
    entry.processes.push([pid, used]);
    groups.set(group, entry);
  }
  return [...groups]
    .map(([group, { cpuSeconds, processes }]) => ({
      group,
      cpus: cpuSeconds / seconds,
      pids: processes.sort((a, b) => b[1] - a[1]).map(([pid]) => pid),
    }))
    .sort((a, b) => b.cpus - a.cpus || (a.group < b.group ? -1 : 1));
}
