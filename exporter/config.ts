// The exporter's configuration: exporter.yml, every key optional. exporter.yml beside this file shows all of them.
import { z } from 'zod';
import { duration } from '../service/config.ts';
import { COLLECTOR_NAMES, collectorSections } from './collectors/list.ts';

export const configSchema = z.strictObject({
  collectors: z
    .strictObject({ disabled: z.array(z.enum(COLLECTOR_NAMES)).default([]) })
    .prefault({}),
  timeouts: z
    .strictObject({
      /** Below Prometheus' scrape time-out, so that a collector that hangs costs its own metrics alone. */
      collector: duration({ min: 0.1, max: 60 }).prefault('4s'),
    })
    .prefault({}),
  ...collectorSections,
});
export type ExporterConfig = z.infer<typeof configSchema>;
