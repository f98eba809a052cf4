// Hosts with a known past, as OpenMetrics text for promtool: what the inventory has to find in it is known exactly.

export interface PastHost {
  readonly instance: string;
  readonly exporter: 'guard' | 'node';
  readonly scrapeSeconds: number;
  /** Share of CPU time in use, all the time. */
  readonly used: number;
  readonly memoryBytes: number;
  readonly kernel?: (time: number) => string;
  /** Whether it is there at this time. */
  readonly up?: (time: number) => boolean;
}

interface Name {
  readonly load: string;
  readonly cpu: string;
  readonly total: string;
  readonly available: string;
  readonly received: string;
}

const NAMES: Readonly<Record<PastHost['exporter'], Name>> = {
  guard: {
    load: 'guard_load1',
    cpu: 'guard_cpu_seconds_total',
    total: 'guard_memory_total_bytes',
    available: 'guard_memory_available_bytes',
    received: 'guard_network_received_bytes_total',
  },
  node: {
    load: 'node_load1',
    cpu: 'node_cpu_seconds_total',
    total: 'node_memory_MemTotal_bytes',
    available: 'node_memory_MemAvailable_bytes',
    received: 'node_network_receive_bytes_total',
  },
};
export const RECEIVED_BYTES_PER_SECOND = 1_000;
export const LOAD = 0.5;

/** Lines of one series after the other, in time. @param range Unix seconds, both ends included. */
export function* pastLines(
  hosts: readonly PastHost[],
  { from, to }: { readonly from: number; readonly to: number },
): Generator<string> {
  for (const [exporter, names] of Object.entries(NAMES)) {
    const some = hosts.filter((host) => host.exporter === exporter);
    for (const [metric, samplesOf] of Object.entries(seriesOf(names, from)))
      for (const host of some)
        for (const time of scrapesOf(host, from, to))
          for (const [labels, value] of samplesOf(host, time))
            yield `${metric}{job="hosts",instance="${host.instance}"${labels}} ${value} ${time}`;
  }
  yield '# EOF';
}

function scrapesOf({ scrapeSeconds, up }: PastHost, from: number, to: number): number[] {
  const count = Math.floor((to - from) / scrapeSeconds) + 1;
  const times = Array.from({ length: count }, (_, index) => from + index * scrapeSeconds);
  return up === undefined ? times : times.filter(up);
}

type Samples = (host: PastHost, time: number) => [labels: string, value: number][];

function seriesOf(names: Name, start: number): Record<string, Samples> {
  return {
    [names.load]: () => [['', LOAD]],
    [names.cpu]: ({ used }, time) => [
      [',cpu="0",mode="user"', (time - start) * used],
      [',cpu="0",mode="idle"', (time - start) * (1 - used)],
    ],
    [names.total]: ({ memoryBytes }) => [['', memoryBytes]],
    [names.available]: ({ memoryBytes }) => [['', memoryBytes / 4]],
    [names.received]: (_host, time) => [
      [',device="eth0"', (time - start) * RECEIVED_BYTES_PER_SECOND],
    ],
    ...(names.load.startsWith('guard')
      ? { guard_host_info: (host: PastHost, time: number) => [[labelsOf(host, time), 1]] }
      : { node_uname_info: (host: PastHost, time: number) => [[unameOf(host, time), 1]] }),
  };
}

function labelsOf({ instance, kernel }: PastHost, time: number): string {
  return `,hostname="${instance.split(':')[0]}",os="Debian",kernel="${kernel?.(time) ?? '6.1'}",architecture="x64",cpu_model="Xeon"`;
}

function unameOf({ instance, kernel }: PastHost, time: number): string {
  return `,nodename="${instance.split(':')[0]}",release="${kernel?.(time) ?? '6.1'}",machine="x86_64"`;
}
