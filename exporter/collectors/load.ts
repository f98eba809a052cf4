// Load averages and the number of threads from /proc/loadavg, and how many there may be.
import { gauge, type MetricFamily } from '../promformat/family.ts';
import { type HostFiles, optional } from '../sources/host-files.ts';
import type { Collector } from './collector.ts';
import { kernelNumber } from './kernel-number.ts';

export function createLoadCollector(files: HostFiles): Collector {
  return {
    name: 'load',
    async collect(signal) {
      signal.throwIfAborted();
      const { averages, threads } = parseLoad(files.proc('loadavg'));
      return [
        ...loadFamilies(averages),
        gauge('guard_threads', 'Threads on the host, those of the kernel included.', threads),
        gauge(
          'guard_threads_maximum',
          'Threads that the kernel allows (threads-max).',
          readLimit(files, 'threads-max'),
        ),
        gauge(
          'guard_pid_maximum',
          'Largest pid; every thread takes one, so it bounds threads as well (pid_max).',
          readLimit(files, 'pid_max'),
        ),
      ];
    },
  };
}

/** @param averages over 1, 5 and 15 minutes. */
export function loadFamilies(averages: readonly [number, number, number]): MetricFamily[] {
  const [one, five, fifteen] = averages;
  return [
    gauge(
      'guard_load1',
      'Load average over 1 minute: threads running, runnable or in disk sleep.',
      one,
    ),
    gauge('guard_load5', 'Load average over 5 minutes.', five),
    gauge('guard_load15', 'Load average over 15 minutes.', fifteen),
  ];
}

export interface Load {
  readonly averages: readonly [number, number, number];
  readonly threads: number;
}

/** The averages and the number of threads of a text such as `0.52 0.58 0.59 1/389 4711`. */
export function parseLoad(text: string): Load {
  const [one, five, fifteen, threads] = text.split(' ');
  const number = (field: string | undefined) => kernelNumber(field, '/proc/loadavg');
  return {
    averages: [number(one), number(five), number(fifteen)],
    threads: number(threads?.split('/')[1]),
  };
}

function readLimit(files: HostFiles, name: string): number | undefined {
  const text = optional(() => files.proc(`sys/kernel/${name}`));
  return text === undefined ? undefined : kernelNumber(text, `/proc/sys/kernel/${name}`);
}
