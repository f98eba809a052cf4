// Memory from /proc/meminfo, swapping and page faults from /proc/vmstat.
// Source: https://docs.kernel.org/filesystems/proc.html#meminfo
import { counter, gauge } from '../promformat/family.ts';
import { type HostFiles, optional } from '../sources/host-files.ts';
import { readPageSize } from '../sources/page-size.ts';
import type { Collector } from './collector.ts';
import { kernelNumber } from './kernel-number.ts';

const GAUGES = [
  ['guard_memory_total_bytes', 'MemTotal', 'Usable memory.'],
  [
    'guard_memory_available_bytes',
    'MemAvailable',
    'Memory that new work can have without swapping, as the kernel estimates.',
  ],
  ['guard_memory_free_bytes', 'MemFree', 'Memory that nothing uses.'],
  ['guard_memory_buffers_bytes', 'Buffers', 'Memory of block device buffers.'],
  ['guard_memory_cached_bytes', 'Cached', 'Memory of the page cache, shared memory included.'],
  ['guard_memory_anonymous_bytes', 'AnonPages', 'Memory of processes that no file backs.'],
  ['guard_memory_shared_bytes', 'Shmem', 'Shared memory and tmpfs; part of cached.'],
  ['guard_memory_slab_reclaimable_bytes', 'SReclaimable', 'Kernel caches that can be freed.'],
  ['guard_memory_slab_unreclaimable_bytes', 'SUnreclaim', 'Kernel objects that stay.'],
  ['guard_memory_committed_bytes', 'Committed_AS', 'Memory that processes were promised.'],
  [
    'guard_memory_committed_maximum_bytes',
    'CommitLimit',
    'Memory that may be promised; enforced only with vm.overcommit_memory=2.',
  ],
  ['guard_memory_dirty_bytes', 'Dirty', 'Memory that waits to be written to disk.'],
  ['guard_swap_total_bytes', 'SwapTotal', 'Size of all swap areas.'],
  ['guard_swap_free_bytes', 'SwapFree', 'Swap space that is not used.'],
] as const;

export function createMemoryCollector(files: HostFiles): Collector {
  let pageBytes: number | undefined;
  return {
    name: 'memory',
    async collect(signal) {
      signal.throwIfAborted();
      const bytes = parseMemory(files.proc('meminfo'));
      const events = parseEvents(optional(() => files.proc('vmstat')) ?? '');
      pageBytes ??= optional(() => readPageSize(files.paths.procfs));
      return [
        ...GAUGES.map(([name, field, help]) => gauge(name, help, bytes.get(field))),
        ...eventFamilies(events, pageBytes),
      ];
    },
  };
}

/** Bytes by field of /proc/meminfo; the fields that are counts without a unit are left out. */
export function parseMemory(text: string): Map<string, number> {
  const fields = new Map<string, number>();
  for (const [, name, value] of text.matchAll(/^([^:\n]+): +(\S+) kB$/gm)) {
    fields.set(name!, kernelNumber(value, `/proc/meminfo: ${name}`) * 1024);
  }
  if (!fields.has('MemTotal')) throw new Error('Cannot parse /proc/meminfo: it has no MemTotal');
  return fields;
}

/** Counts by name of /proc/vmstat. */
export function parseEvents(text: string): Map<string, number> {
  const lines = text.matchAll(/^(pswpin|pswpout|pgfault|pgmajfault|oom_kill) (.*)$/gm);
  return new Map(
    [...lines].map(([, name, value]) => [name!, kernelNumber(value, `/proc/vmstat: ${name}`)]),
  );
}

/** Without a known page size the swap counters are left out: pages are no bytes. */
function eventFamilies(events: ReadonlyMap<string, number>, pageBytes: number | undefined) {
  const inBytes = (name: string): number | undefined => {
    const pages = events.get(name);
    return pages === undefined || pageBytes === undefined ? undefined : pages * pageBytes;
  };
  return [
    counter('guard_swap_in_bytes_total', 'Bytes read from swap.', inBytes('pswpin')),
    counter('guard_swap_out_bytes_total', 'Bytes written to swap.', inBytes('pswpout')),
    counter('guard_page_faults_total', 'Page faults, major ones included.', events.get('pgfault')),
    counter(
      'guard_major_page_faults_total',
      'Page faults that had to read from disk.',
      events.get('pgmajfault'),
    ),
    counter(
      'guard_oom_kills_total',
      'Processes killed for want of memory. Absent before Linux 4.13.',
      events.get('oom_kill'),
    ),
  ];
}
