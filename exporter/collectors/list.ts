// Every collector by name: the one place that a new one is added to, and sections.ts when it can be configured.
import { join } from 'node:path';
import type { Logger } from '../../service/log.ts';
import type { HostFiles } from '../sources/host-files.ts';
import type { Inventory } from '../sources/inventory.ts';
import type { PerfRecorder } from '../sources/perf-record.ts';
import type { CreatePerfStat } from '../sources/perf-stat.ts';
import type { ReadSocketDump } from '../sources/socket-dump.ts';
import type { Statfs } from '../sources/statfs.ts';
import { type CreateLogTail, createAccessLogCollector } from './access-log/access-log.ts';
import { createCgroupCollector } from './cgroup/cgroup.ts';
import type { Collector } from './collector.ts';
import { createConntrackCollector } from './conntrack.ts';
import { createCpuCollector } from './cpu.ts';
import { createDiskCollector } from './disk.ts';
import { createFileHandlesCollector } from './file-handles.ts';
import { createFilesystemCollector } from './filesystem.ts';
import { createHostInfoCollector } from './host-info.ts';
import { createLoadCollector } from './load.ts';
import { createMemoryCollector } from './memory.ts';
import { createNetworkCollector } from './network.ts';
import { createPerfCollector } from './perf/perf.ts';
import { type CreatePingSource, createPingCollector } from './ping/ping.ts';
import {
  createPortableCpuCollector,
  createPortableFilesystemCollector,
  createPortableLoadCollector,
  createPortableMemoryCollector,
  createPortableNetworkCollector,
} from './portable-host.ts';
import { type CreatePostgresqlSource, createPostgresqlCollector } from './postgresql/postgresql.ts';
import { createPressureCollector } from './pressure.ts';
import { createProbeCollector, type ProbeDeps } from './probe/probe.ts';
import type { SharedProcessDirectory } from './process/directory.ts';
import type { ContainerNames } from './process/identity.ts';
import { createDescribedProcesses } from './process/info-setup.ts';
import { createPortableProcessCollector } from './process/portable.ts';
import { createProcessCollector } from './process/process.ts';
import { createSchedstatCollector } from './schedstat.ts';
import type { CollectorSettings } from './sections.ts';
import { createSocketsCollector } from './sockets/sockets.ts';
import { createSockstatCollector } from './sockstat.ts';
import { createTcpCollector } from './tcp.ts';

export const PROCESS_BACKENDS = ['procfs', 'portable'] as const;

/** The outside world as the collectors see it; the optional parts stand for the real ones in tests. */
export interface Host {
  readonly files: HostFiles;
  readonly processBackend: (typeof PROCESS_BACKENDS)[number];
  /** Groups by pid, for collectors that join by pid; the process collector provides them. */
  readonly processes: SharedProcessDirectory;
  readonly statfs?: Statfs;
  readonly readInventory?: () => Promise<Inventory>;
  readonly createPingSource?: CreatePingSource;
  readonly readSockets?: ReadSocketDump;
  readonly createPerfStat?: CreatePerfStat;
  readonly perfRecorder?: PerfRecorder;
  readonly probes?: ProbeDeps;
  readonly createPostgresqlSource?: CreatePostgresqlSource;
  readonly createLogTail?: CreateLogTail;
  /** For what happens between scrapes. */
  readonly log?: Logger;
}

/** Undefined when there is nothing to collect unless something is configured. */
type Create = (host: Host, settings: CollectorSettings) => Collector | undefined;

const COLLECTORS = {
  cpu: ({ files }) => createCpuCollector(files),
  memory: ({ files }) => createMemoryCollector(files),
  load: ({ files }) => createLoadCollector(files),
  pressure: ({ files }) => createPressureCollector(files),
  disk: ({ files }, { disk }) => createDiskCollector(files, disk),
  filesystem: ({ files, statfs }, { filesystem }) =>
    createFilesystemCollector({ files, statfs, config: filesystem }),
  network: ({ files }, { network }) => createNetworkCollector(files, network),
  tcp: ({ files }) => createTcpCollector(files),
  schedstat: ({ files }) => createSchedstatCollector(files),
  sockstat: ({ files }) => createSockstatCollector(files),
  conntrack: ({ files }) => createConntrackCollector(files),
  'file-handles': ({ files }) => createFileHandlesCollector(files),
  cgroup: ({ files, processes }, { cgroup }) =>
    createCgroupCollector({ files, config: cgroup, processes }),
  ping: ({ createPingSource }, { ping }) => createPingCollector(ping, createPingSource),
  probe: ({ probes, log }, { probe }) =>
    probe.probes.length === 0 ? undefined : createProbeCollector(probe, { log, ...probes }),
  postgresql: ({ createPostgresqlSource: create }, { postgresql }) =>
    postgresql.length === 0 ? undefined : createPostgresqlCollector(postgresql, create),
  'access-log': ({ createLogTail }, { access_logs: logs }) =>
    logs.length === 0 ? undefined : createAccessLogCollector(logs, createLogTail),
  perf: (host, { perf }) => createPerfCollector(perf, host),
  'host-info': ({ readInventory }) => createHostInfoCollector(readInventory),
  process: createProcesses,
  sockets: ({ files, processes, readSockets: readDump }, { sockets }) =>
    createSocketsCollector({ ...sockets, procfs: files.paths.procfs, processes, readDump }),
} satisfies Record<string, Create>;

/** Sections that are lists are named for what they list. */
const SECTION_NAMES: Partial<Record<CollectorName, keyof CollectorSettings>> = {
  'access-log': 'access_logs',
};

/** What stands for a collector where there is no procfs; the others say that they have nothing to read. */
const PORTABLE: Partial<Record<CollectorName, Create>> = {
  cpu: () => createPortableCpuCollector(),
  memory: () => createPortableMemoryCollector(),
  load: () => createPortableLoadCollector(),
  filesystem: (_host, { filesystem }) => createPortableFilesystemCollector(filesystem),
  network: (_host, { network }) => createPortableNetworkCollector(network),
};

function createProcesses(host: Host, settings: CollectorSettings): Collector {
  const { files, processBackend, processes: directory } = host;
  const { process: config } = settings;
  const { groups, strict, max_groups: maxGroups, top_processes: topProcesses } = config;
  const options = { groups, maxGroups, topProcesses };
  const { procfs, rootfs } = files.paths;
  const passwdFile = join(rootfs, 'etc/passwd');
  const create = (containerNames: ContainerNames) =>
    processBackend === 'portable'
      ? createPortableProcessCollector(options)
      : createProcessCollector({
          ...{ ...options, procfs, passwdFile, directory, strict },
          tellsThreadStates: config.compatibility === 'process-exporter',
          containerNames,
        });
  return createDescribedProcesses({ config, procfs, environment: process.env, create });
}

export type CollectorName = keyof typeof COLLECTORS;
export const COLLECTOR_NAMES = Object.keys(COLLECTORS) as CollectorName[];

export interface NamedCollector {
  readonly name: CollectorName;
  /** The settings that it was made from, as text: equal text means that it can go on running. */
  readonly madeFrom: string;
  readonly collector: Collector;
}

/** The enabled collectors, not started; those of `running` whose settings have not changed are taken over as they are. */
export function createCollectors(
  host: Host,
  settings: CollectorSettings & { readonly disabled: readonly CollectorName[] },
  running: readonly NamedCollector[] = [],
): NamedCollector[] {
  return COLLECTOR_NAMES.filter((name) => !settings.disabled.includes(name)).flatMap((name) => {
    const key = SECTION_NAMES[name] ?? name;
    const section: unknown = key in settings ? settings[key as keyof CollectorSettings] : null;
    const madeFrom = JSON.stringify(section);
    const same = running.find((other) => other.name === name && other.madeFrom === madeFrom);
    const portable = host.processBackend === 'portable' ? PORTABLE[name] : undefined;
    const create: Create = portable ?? COLLECTORS[name];
    if (same !== undefined) return same;
    const collector = create(host, settings);
    return collector === undefined ? [] : { name, madeFrom, collector };
  });
}
