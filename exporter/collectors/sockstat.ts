// Sockets of the host's network namespace, and the memory that all sockets of the kernel have, from /proc/net/sockstat.
import { gauge } from '../promformat/family.ts';
import { type HostFiles, optional } from '../sources/host-files.ts';
import { readPageSize } from '../sources/page-size.ts';
import type { Collector } from './collector.ts';
import { kernelNumber } from './kernel-number.ts';

type Counts = ReadonlyMap<string, number>;

export function createSockstatCollector(files: HostFiles): Collector {
  let pageBytes: number | undefined;
  return {
    name: 'sockstat',
    async collect(signal) {
      signal.throwIfAborted();
      const v4 = parseSockets(files.proc(`${files.hostProcess}/net/sockstat`));
      const v6 = parseSockets(
        optional(() => files.proc(`${files.hostProcess}/net/sockstat6`)) ?? '',
      );
      pageBytes ??= optional(() => readPageSize(files.paths.procfs));
      return [...socketFamilies(v4, v6), ...memoryFamilies(v4, readLimits(files), pageBytes)];
    },
  };
}

/** Parses lines such as `TCP: inuse 31 orphan 0`; the keys are `TCP inuse`, `TCP orphan`. */
export function parseSockets(text: string): Counts {
  const counts = new Map<string, number>();
  for (const [, protocol = '', rest = ''] of text.matchAll(/^(\w+): (.*)$/gm)) {
    const words = rest.trim().split(/ +/);
    for (let index = 0; index < words.length; index += 2) {
      const key = `${protocol} ${words[index]}`;
      counts.set(key, kernelNumber(words[index + 1], `/proc/net/sockstat: ${key}`));
    }
  }
  return counts;
}

/** Orphaned, waiting and allocated TCP sockets are counted for both versions of IP together. */
function socketFamilies(v4: Counts, v6: Counts) {
  const both = (protocol: string): number | undefined => {
    const inUse = v4.get(`${protocol} inuse`);
    return inUse === undefined ? undefined : inUse + (v6.get(`${protocol}6 inuse`) ?? 0);
  };
  return [
    gauge('guard_sockets_used', 'Sockets of all protocols.', v4.get('sockets used')),
    gauge('guard_tcp_sockets_in_use', 'TCP sockets in use, listening included.', both('TCP')),
    gauge('guard_udp_sockets_in_use', 'UDP sockets in use.', both('UDP')),
    gauge(
      'guard_tcp_orphan_sockets',
      'TCP sockets that no process holds any more and that still have to be closed.',
      v4.get('TCP orphan'),
    ),
    gauge('guard_tcp_time_wait_sockets', 'TCP sockets in TIME_WAIT.', v4.get('TCP tw')),
    gauge(
      'guard_tcp_allocated_sockets',
      'TCP sockets of the whole kernel that have memory.',
      v4.get('TCP alloc'),
    ),
  ];
}

interface Limits {
  readonly tcpPages: number | undefined;
  readonly orphans: number | undefined;
}

function readLimits(files: HostFiles): Limits {
  const tcpMemory = optional(() => files.proc('sys/net/ipv4/tcp_mem'));
  const orphans = optional(() => files.proc('sys/net/ipv4/tcp_max_orphans'));
  const third = tcpMemory?.trim().split(/\s+/)[2];
  return {
    tcpPages:
      tcpMemory === undefined ? undefined : kernelNumber(third, '/proc/sys/net/ipv4/tcp_mem'),
    orphans:
      orphans === undefined
        ? undefined
        : kernelNumber(orphans, '/proc/sys/net/ipv4/tcp_max_orphans'),
  };
}

/** Without a known page size the memory is left out: pages are no bytes. */
function memoryFamilies(v4: Counts, limits: Limits, pageBytes: number | undefined) {
  const inBytes = (pages: number | undefined): number | undefined =>
    pages === undefined || pageBytes === undefined ? undefined : pages * pageBytes;
  return [
    gauge('guard_tcp_memory_bytes', 'Memory of TCP buffers.', inBytes(v4.get('TCP mem'))),
    gauge(
      'guard_tcp_memory_maximum_bytes',
      'Memory of TCP buffers above which packets are dropped (tcp_mem).',
      inBytes(limits.tcpPages),
    ),
    gauge('guard_udp_memory_bytes', 'Memory of UDP buffers.', inBytes(v4.get('UDP mem'))),
    gauge(
      'guard_tcp_orphan_sockets_maximum',
      'Orphaned TCP sockets above which more are reset (tcp_max_orphans).',
      limits.orphans,
    ),
  ];
}
