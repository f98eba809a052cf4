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
  access_logs: accessLogConfigSchema.describe(
    'Access logs of web servers, followed from their end through every rotation.',
  ),
  cgroup: cgroupConfigSchema.describe('Cgroups with a limit.'),
  disk: diskConfigSchema.describe('Block devices.'),
  filesystem: filesystemConfigSchema.describe('Mounted filesystems.'),
  network: networkConfigSchema.describe('Network interfaces.'),
  perf: perfConfigSchema.describe('Counting and sampling by perf.'),
  ping: pingConfigSchema.describe('Round-trip times to other hosts.'),
  postgresql: postgresqlConfigSchema.describe(
    'PostgreSQL servers, asked in the background by a role with pg_monitor.',
  ),
  probe: probeConfigSchema.describe(
    'Dependencies that are asked from this host in the background.',
  ),
  process: processConfigSchema.prefault({}).describe('Process groups.'),
  sockets: socketsConfigSchema.describe('TCP sockets of process groups.'),
};
type Sections = typeof collectorSections;
export type CollectorSettings = { readonly [Name in keyof Sections]: z.infer<Sections[Name]> };
