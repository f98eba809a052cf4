// TCP of the host's network namespace, IPv4 and IPv6 together, from /proc/net/snmp and /proc/net/netstat.
import { counter, gauge } from '../promformat/family.ts';
import { type HostFiles, optional } from '../sources/host-files.ts';
import type { Collector } from './collector.ts';
import { kernelNumber } from './kernel-number.ts';

export function createTcpCollector(files: HostFiles): Collector {
  return {
    name: 'tcp',
    async collect(signal) {
      signal.throwIfAborted();
      const tcp = parseProtocol(files.proc(`${files.hostProcess}/net/snmp`), 'Tcp');
      const netstat = optional(() => files.proc(`${files.hostProcess}/net/netstat`)) ?? '';
      const extended = parseProtocol(netstat, 'TcpExt');
      const counters = [
        ['sent_segments', 'Segments sent, without retransmitted ones.', tcp.get('OutSegs')],
        ['retransmitted_segments', 'Segments sent again.', tcp.get('RetransSegs')],
        ['resets_sent', 'Segments sent with the RST flag.', tcp.get('OutRsts')],
        [
          'listen_overflows',
          'Connections dropped because the accept queue of their socket was full.',
          extended.get('ListenOverflows'),
        ],
        [
          'listen_drops',
          'Connections dropped in listening sockets for any reason, overflows included.',
          extended.get('ListenDrops'),
        ],
      ] as const;
      return [
        ...counters.map(([name, help, value]) => counter(`guard_tcp_${name}_total`, help, value)),
        gauge(
          'guard_tcp_established_connections',
          'Connections in state ESTABLISHED or CLOSE_WAIT.',
          tcp.get('CurrEstab'),
        ),
      ];
    },
  };
}

/** Values by name of one protocol: a line of names and a line of values, both beginning with `<protocol>: `. */
export function parseProtocol(text: string, protocol: string): ReadonlyMap<string, number> {
  const [names, values] = text
    .split('\n')
    .filter((line) => line.startsWith(`${protocol}: `))
    .map((line) => line.split(' ').slice(1));
  if (names === undefined) return new Map();
  if (values?.length !== names.length) {
    throw new Error(
      `Cannot parse ${protocol}: ${names.length} names, ${values?.length ?? 0} values`,
    );
  }
  const known = names.flatMap((name, index): [string, number][] =>
    // MaxConn is −1 where the number is not limited; nobody reads it.
    values[index] === '-1' ? [] : [[name, kernelNumber(values[index], `${protocol}: ${name}`)]],
  );
  return new Map(known);
}
