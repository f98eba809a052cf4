// The exporter's configuration: exporter.yml, every key optional. exporter.yml beside this file shows all of them.
import { z } from 'zod';
import { duration } from '../service/config.ts';
import { COLLECTOR_NAMES } from './collectors/list.ts';
import { processNamesSchema } from './collectors/process/grouping-import.ts';
import { collectorSections } from './collectors/sections.ts';

const sectionsSchema = z.strictObject({
  collectors: z
    .strictObject({ disabled: z.array(z.enum(COLLECTOR_NAMES)).default([]) })
    .prefault({}),
  budget: z
    .strictObject({
      /** Share of one CPU, over a minute. */
      cpu_ratio: z.number().min(0.001).max(64).default(0.05),
    })
    .prefault({}),
  timeouts: z
    .strictObject({
      /** Below Prometheus' scrape time-out, so that a collector that hangs costs its own metrics alone. */
      collector: duration({ min: 0.1, max: 60 }).prefault('4s'),
    })
    .prefault({}),
  /** The list of process-exporter, in place of process.groups. */
  process_names: processNamesSchema.optional(),
  ...collectorSections,
});

export const configSchema = sectionsSchema.transform(
  ({ process_names: groups, ...config }, context) => {
    if (groups === undefined) return config;
    if (config.process.groups.length === 0) {
      return { ...config, process: { ...config.process, groups } };
    }
    const message = 'process already has groups: give only one of the two';
    context.addIssue({ code: 'custom', path: ['process_names'], message });
    return z.NEVER;
  },
);
export type ExporterConfig = z.infer<typeof configSchema>;
