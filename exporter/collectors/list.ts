// Every collector by name: the one place that a new one is added to.
import { join } from 'node:path';
import type { z } from 'zod';
import type { HostFiles } from '../sources/host-files.ts';
import type { Inventory } from '../sources/inventory.ts';
import type { Statfs } from '../sources/statfs.ts';
import type { Collector } from './collector.ts';
import { createCpuCollector } from './cpu.ts';
import { createDiskCollector, diskConfigSchema } from './disk.ts';
import { createFilesystemCollector, filesystemConfigSchema } from './filesystem.ts';
import { createHostInfoCollector } from './host-info.ts';
import { createLoadCollector } from './load.ts';
import { createMemoryCollector } from './memory.ts';
import { createNetworkCollector, networkConfigSchema } from './network.ts';
import { type CreatePingSource, createPingCollector, pingConfigSchema } from './ping.ts';
import { createPressureCollector } from './pressure.ts';
import { createProcessCollector } from './process.ts';
import { processConfigSchema } from './process-grouping.ts';
import { createPortableProcessCollector } from './process-portable.ts';
import { createTcpCollector } from './tcp.ts';

export const PROCESS_BACKENDS = ['procfs', 'portable'] as const;

/** The outside world as the collectors see it; the optional parts stand for the real ones in tests. */
export interface Host {
  readonly files: HostFiles;
  readonly processBackend: (typeof PROCESS_BACKENDS)[number];
  readonly statfs?: Statfs;
  readonly readInventory?: () => Promise<Inventory>;
  readonly createPingSource?: CreatePingSource;
}

/** The configuration sections of the collectors that have one; the key is the collector's name. */
export const collectorSections = {
  disk: diskConfigSchema,
  filesystem: filesystemConfigSchema,
  network: networkConfigSchema,
  ping: pingConfigSchema,
  process: processConfigSchema.prefault({}),
};
type Sections = typeof collectorSections;
export type CollectorSettings = { readonly [Name in keyof Sections]: z.infer<Sections[Name]> };

type Create = (host: Host, settings: CollectorSettings) => Collector;

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
  ping: ({ createPingSource }, { ping }) => createPingCollector(ping, createPingSource),
  'host-info': ({ readInventory }) => createHostInfoCollector(readInventory),
  process: createProcesses,
} satisfies Record<string, Create>;

function createProcesses({ files, processBackend }: Host, settings: CollectorSettings): Collector {
  const { groups, max_groups: maxGroups, top_processes: topProcesses } = settings.process;
  const options = { groups, maxGroups, topProcesses };
  if (processBackend === 'portable') return createPortableProcessCollector(options);
  const { procfs, rootfs } = files.paths;
  return createProcessCollector({ ...options, procfs, passwdFile: join(rootfs, 'etc/passwd') });
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
  return COLLECTOR_NAMES.filter((name) => !settings.disabled.includes(name)).map((name) => {
    const section: unknown = name in settings ? settings[name as keyof CollectorSettings] : null;
    const madeFrom = JSON.stringify(section);
    const same = running.find((other) => other.name === name && other.madeFrom === madeFrom);
    const create: Create = COLLECTORS[name];
    return same ?? { name, madeFrom, collector: create(host, settings) };
  });
}
