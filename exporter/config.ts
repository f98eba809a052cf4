// The exporter's configuration: exporter.yml, every key optional. exporter.yml beside this file shows all of them.
import { z } from 'zod';
import { duration } from '../service/config.ts';
import { COLLECTOR_NAMES } from './collectors/list.ts';
import { processNamesSchema } from './collectors/process/grouping-import.ts';
import { collectorSections } from './collectors/sections.ts';

const sectionsSchema = z.strictObject({
  collectors: z
    .strictObject({
      disabled: z
        .array(z.enum(COLLECTOR_NAMES))
        .default([])
        .describe('Collectors that are turned off.'),
    })
    .prefault({})
    .describe('Which collectors run.'),
  budget: z
    .strictObject({
      cpu_ratio: z
        .number()
        .min(0.001)
        .max(64)
        .default(0.05)
        .describe(
          'Share of one CPU, over a minute. Above it the costliest collector pauses, and says so.',
        ),
    })
    .prefault({})
    .describe('What the exporter may cost.'),
  timeouts: z
    .strictObject({
      collector: duration({ min: 0.1, max: 60 })
        .prefault('4s')
        .describe(
          'What one collector may take in one scrape; below the scrape time-out of Prometheus, so that a collector that hangs costs its own metrics alone.',
        ),
    })
    .prefault({})
    .describe('How long things may take.'),
  process_names: processNamesSchema
    .optional()
    .describe('The list of process-exporter, in place of process.groups.'),
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
