// Load averages from /proc/loadavg.
import { gauge } from '../promformat/family.ts';
import type { HostFiles } from '../sources/host-files.ts';
import type { Collector } from './collector.ts';
import { kernelNumber } from './kernel-number.ts';

export function createLoadCollector(files: HostFiles): Collector {
  return {
    name: 'load',
    async collect(signal) {
      signal.throwIfAborted();
      const [one, five, fifteen] = parseLoad(files.proc('loadavg'));
      return [
        gauge(
          'guard_load1',
          'Load average over 1 minute: threads running, runnable or in disk sleep.',
          one,
        ),
        gauge('guard_load5', 'Load average over 5 minutes.', five),
        gauge('guard_load15', 'Load average over 15 minutes.', fifteen),
      ];
    },
  };
}

/** The three averages of a text such as `0.52 0.58 0.59 1/389 4711`. */
export function parseLoad(text: string): readonly [number, number, number] {
  const [one, five, fifteen] = text.split(' ');
  const number = (field: string | undefined) => kernelNumber(field, '/proc/loadavg');
  return [number(one), number(five), number(fifteen)];
}
