// CPU time and scheduler counters from /proc/stat.
// Source: https://docs.kernel.org/filesystems/proc.html#miscellaneous-kernel-statistics-in-proc-stat
import { counter, gauge, type Labels, type Sample } from '../promformat/family.ts';
import type { HostFiles } from '../sources/host-files.ts';
import type { Collector } from './collector.ts';
import { kernelNumber } from './kernel-number.ts';

/** Ticks per second in which the kernel reports CPU time to user space: 100 on every architecture that Node.js runs on. */
const USER_HZ = 100;
/** Guest time follows in the file and is left out: it is already part of user and nice. */
const MODES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;
/** A counter that falls by more than this was reset (the CPU went offline and came back); less is the kernel's jitter. */
const RESET_SECONDS = 3;

export interface CpuStatistics {
  readonly cpus: readonly { readonly cpu: string; readonly seconds: readonly number[] }[];
  /** The other lines by their first word: `ctxt`, `btime`, `processes`, `procs_running`, `procs_blocked`. */
  readonly values: ReadonlyMap<string, number>;
}

export function createCpuCollector(files: HostFiles): Collector {
  const steady = createSteadyCounters();
  return {
    name: 'cpu',
    async collect(signal) {
      signal.throwIfAborted();
      const { cpus, values } = parseCpuStatistics(files.proc('stat'));
      const value = (name: string) => values.get(name);
      return [
        counter(
          'guard_cpu_seconds_total',
          'Seconds each CPU spent in each mode. Guest time is part of user.',
          cpus.flatMap(({ cpu, seconds }) => steady(cpu, seconds)),
        ),
        gauge(
          'guard_procs_running',
          'Threads running or waiting for a CPU.',
          value('procs_running'),
        ),
        gauge(
          'guard_procs_blocked',
          'Threads waiting for I/O to complete.',
          value('procs_blocked'),
        ),
        counter('guard_context_switches_total', 'Context switches of all CPUs.', value('ctxt')),
        counter(
          'guard_forks_total',
          'Processes and threads created since boot.',
          value('processes'),
        ),
        gauge('guard_boot_time_seconds', 'Unix time at which the kernel booted.', value('btime')),
      ];
    },
  };
}

/** Parses /proc/stat; CPUs that are offline are not in it. @throws {Error} when it has no CPU at all. */
export function parseCpuStatistics(text: string): CpuStatistics {
  const cpus: { cpu: string; seconds: number[] }[] = [];
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const cpu = /^cpu(\d+) /.exec(line)?.[1];
    if (cpu !== undefined) {
      cpus.push({ cpu, seconds: parseSeconds(line) });
    } else if (/^(ctxt|btime|processes|procs_running|procs_blocked) /.test(line)) {
      const [name, value] = line.split(' ') as [string, string];
      values.set(name, kernelNumber(value, `/proc/stat: ${name}`));
    }
  }
  if (cpus.length === 0) throw new Error('Cannot parse /proc/stat: it has no line for any CPU');
  return { cpus, values };
}

function parseSeconds(line: string): number[] {
  const fields = line.split(' ').slice(1, MODES.length + 1);
  return fields.map((field) => kernelNumber(field, `/proc/stat: ${line}`) / USER_HZ);
}

/**
 * The kernel documents that iowait may fall, and idle does so too. Prometheus takes any fall for a restart and would see a jump
 * of the whole counter, so a small fall keeps the last value.
 */
function createSteadyCounters(): (cpu: string, seconds: readonly number[]) => Sample[] {
  const known = new Map<string, { labels: Labels; value: number }[]>();
  return (cpu, seconds) => {
    let last = known.get(cpu);
    if (last === undefined) {
      last = seconds.map((value, index) => ({ labels: { cpu, mode: MODES[index]! }, value }));
      known.set(cpu, last);
    }
    return last.map((entry, index) => {
      const value = seconds[index] ?? entry.value;
      if (value > entry.value || value < entry.value - RESET_SECONDS) entry.value = value;
      return { labels: entry.labels, value: entry.value };
    });
  };
}
