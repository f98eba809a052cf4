// Open files of the whole system from /proc/sys/fs/file-nr: at the maximum, open() fails with ENFILE for everybody but root.
// Source: https://docs.kernel.org/admin-guide/sysctl/fs.html#file-max-file-nr
import { gauge } from '../promformat/family.ts';
import type { HostFiles } from '../sources/host-files.ts';
import type { Collector } from './collector.ts';
import { kernelNumber } from './kernel-number.ts';

export function createFileHandlesCollector(files: HostFiles): Collector {
  return {
    name: 'file-handles',
    async collect(signal) {
      signal.throwIfAborted();
      const { allocated, maximum } = parseFileHandles(files.proc('sys/fs/file-nr'));
      return [
        gauge('guard_file_handles_allocated', 'File handles in use on the host.', allocated),
        gauge(
          'guard_file_handles_maximum',
          'File handles that the kernel allows; 9.2e18 stands for no limit.',
          maximum,
        ),
      ];
    },
  };
}

/** Parses allocated, unused (always 0 since Linux 2.6) and maximum. */
export function parseFileHandles(text: string): { allocated: number; maximum: number } {
  const [allocated, , maximum] = text.trim().split(/\s+/);
  const number = (field: string | undefined) => kernelNumber(field, '/proc/sys/fs/file-nr');
  return { allocated: number(allocated), maximum: number(maximum) };
}
