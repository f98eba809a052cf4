// What may be written about each collector. Apart from list.ts, so that who only runs them need not load the schemas.
import type { z } from 'zod';
import { accessLogConfigSchema } from './access-log/config.ts';
import { cgroupConfigSchema } from './cgroup/config.ts';
import { diskConfigSchema } from './disk-config.ts';
import { filesystemConfigSchema } from './filesystem-config.ts';
import { networkConfigSchema } from './network-config.ts';
import { perfConfigSchema } from './perf/config.ts';
import { pingConfigSchema } from './ping/config.ts';
import { postgresqlConfigSchema } from './postgresql/config.ts';
import { probeConfigSchema } from './probe/config.ts';
import { processConfigSchema } from './process/grouping-config.ts';
import { socketsConfigSchema } from './sockets/config.ts';

/** The configuration sections of the collectors that have one; the key is the collector's name, or what SECTION_NAMES says. */
export const collectorSections = {
  access_logs: accessLogConfigSchema,
  cgroup: cgroupConfigSchema,
  disk: diskConfigSchema,
  filesystem: filesystemConfigSchema,
  network: networkConfigSchema,
  perf: perfConfigSchema,
  ping: pingConfigSchema,
  postgresql: postgresqlConfigSchema,
  probe: probeConfigSchema,
  process: processConfigSchema.prefault({}),
  sockets: socketsConfigSchema,
};
type Sections = typeof collectorSections;
export type CollectorSettings = { readonly [Name in keyof Sections]: z.infer<Sections[Name]> };
