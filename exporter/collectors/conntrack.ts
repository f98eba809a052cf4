// The connection tracking table of netfilter: when it is full, packets of new connections are dropped.
// Source: https://docs.kernel.org/networking/nf_conntrack-sysctl.html, net/netfilter/nf_conntrack_standalone.c
import { counter, gauge } from '../promformat/family.ts';
import { type HostFiles, optional } from '../sources/host-files.ts';
import { type Collector, NoDataError } from './collector.ts';
import { kernelNumber } from './kernel-number.ts';

const SYSCTL = 'sys/net/netfilter/nf_conntrack_';
const COUNTERS = [
  ['drops', 'drop', 'Packets dropped because no connection could be added to the table.'],
  ['early_drops', 'early_drop', 'Connections evicted to make room in the full table.'],
  ['insert_failures', 'insert_failed', 'Connections that could not be added to the table.'],
] as const;

export interface Conntrack {
  readonly entries: number;
  /** By the kernel's names, summed over CPUs. */
  readonly counters: ReadonlyMap<string, number>;
}

export function createConntrackCollector(files: HostFiles): Collector {
  return {
    name: 'conntrack',
    async collect(signal) {
      signal.throwIfAborted();
      const { entries, counters } = readConntrack(files);
      const maximum = optional(() => files.proc(`${SYSCTL}max`));
      return [
        gauge('guard_conntrack_entries', 'Connections in the tracking table.', entries),
        gauge(
          'guard_conntrack_entries_maximum',
          'Connections that the tracking table may hold.',
          maximum === undefined ? undefined : kernelNumber(maximum, `/proc/${SYSCTL}max`),
        ),
        ...COUNTERS.map(([name, field, help]) =>
          counter(`guard_conntrack_${name}_total`, help, counters.get(field)),
        ),
      ];
    },
  };
}

/** Parses the table of /proc/net/stat/nf_conntrack: a line of names, then one of hexadecimal numbers per CPU. */
export function parseConntrack(text: string): Conntrack {
  const [names = [], ...rows] = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
  if (
    names[0] !== 'entries' ||
    rows.length === 0 ||
    rows.some((row) => row.length < names.length)
  ) {
    throw new Error('Cannot parse /proc/net/stat/nf_conntrack: it is no table of entries by CPU');
  }
  const number = (row: readonly string[], index: number) =>
    kernelNumber(`0x${row[index]}`, `/proc/net/stat/nf_conntrack: ${names[index]}`);
  const sums = names.map((name, index): [string, number] => [
    name,
    rows.reduce((sum, row) => sum + number(row, index), 0),
  ]);
  // Every CPU's line has the entries of the whole table.
  return { entries: number(rows[0]!, 0), counters: new Map(sums) };
}

/** Some kernels are built without the table; the sysctl has the entries, of our own network namespace only. */
function readConntrack(files: HostFiles): Conntrack {
  const table = optional(() => files.proc(`${files.hostProcess}/net/stat/nf_conntrack`));
  if (table !== undefined) return parseConntrack(table);
  const count = files.hostProcess === 'self' && optional(() => files.proc(`${SYSCTL}count`));
  if (typeof count === 'string') {
    return { entries: kernelNumber(count, `/proc/${SYSCTL}count`), counters: new Map() };
  }
  throw new NoDataError(
    'not_supported',
    `Cannot read net/stat/nf_conntrack of ${files.paths.procfs}: connections are not tracked, or the kernel does not tell`,
  );
}
