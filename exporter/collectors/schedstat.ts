// Run-queue time per CPU from /proc/schedstat: how long threads ran, and how long they were ready and waited for the CPU.
// Source: https://docs.kernel.org/scheduler/sched-stats.html#cpu-statistics
import { counter, type MetricFamily } from '../promformat/family.ts';
import type { HostFiles } from '../sources/host-files.ts';
import { type Collector, NoDataError } from './collector.ts';
import { kernelNumber } from './kernel-number.ts';

/** These versions differ in the lines of scheduling domains only; before 15 the times were no nanoseconds. */
const KNOWN_VERSIONS = [15, 16, 17];
const NANOSECONDS = 1e9;
/** Field numbers after the name of the CPU. */
const RUNNING = 6;
const WAITING = 7;
const TIMESLICES = 8;

export interface CpuQueue {
  readonly cpu: string;
  readonly runningSeconds: number;
  readonly waitingSeconds: number;
  readonly timeslices: number;
}

export function createSchedstatCollector(files: HostFiles): Collector {
  return {
    name: 'schedstat',
    async collect(signal) {
      signal.throwIfAborted();
      const queues = parseSchedstat(files.proc('schedstat'));
      const perCpu = (name: string, help: string, value: (queue: CpuQueue) => number) =>
        counter(
          name,
          help,
          queues.map((queue) => ({ labels: { cpu: queue.cpu }, value: value(queue) })),
        );
      return [
        perCpu(
          'guard_cpu_running_seconds_total',
          'Seconds that threads ran on the CPU.',
          ({ runningSeconds }) => runningSeconds,
        ),
        perCpu(
          'guard_cpu_waiting_seconds_total',
          'Seconds that threads were ready to run and waited in the queue of the CPU, summed over threads.',
          ({ waitingSeconds }) => waitingSeconds,
        ),
        perCpu(
          'guard_cpu_timeslices_total',
          'Times that a thread was given the CPU.',
          ({ timeslices }) => timeslices,
        ),
      ] satisfies MetricFamily[];
    },
  };
}

/**
 * Parses the lines `cpu<N> …`.
 * @throws {NoDataError} for a version whose fields are not known: other units would be wrong by a factor of a million.
 */
export function parseSchedstat(text: string): CpuQueue[] {
  const version = kernelNumber(/^version (\S+)$/m.exec(text)?.[1], '/proc/schedstat: version');
  if (!KNOWN_VERSIONS.includes(version)) {
    throw new NoDataError(
      'not_supported',
      `Cannot parse /proc/schedstat: version ${version} is none of ${KNOWN_VERSIONS.join(', ')}`,
    );
  }
  const queues = [...text.matchAll(/^cpu(\d+) (.*)$/gm)].map(([, cpu = '', rest = '']) => {
    const fields = rest.split(' ');
    const number = (index: number) => kernelNumber(fields[index], `/proc/schedstat: cpu${cpu}`);
    return {
      cpu,
      runningSeconds: number(RUNNING) / NANOSECONDS,
      waitingSeconds: number(WAITING) / NANOSECONDS,
      timeslices: number(TIMESLICES),
    };
  });
  if (queues.length === 0) throw new Error('Cannot parse /proc/schedstat: it has no CPU');
  return queues;
}
