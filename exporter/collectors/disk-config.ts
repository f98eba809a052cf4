// The section `disk` of the configuration.
import { z } from 'zod';
import { pattern } from './device-pattern.ts';

/** Devices that are memory or a file of another device. Partitions and devices without any I/O since boot are left out too. */
export const diskConfigSchema = z
  .strictObject({
    ignored_devices: pattern()
      .default('(ram|loop|fd|sr)\\d+')
      .describe(
        'Regular expression that matches the whole name. Partitions and devices that were never used are left out anyway.',
      ),
  })
  .prefault({});
export type DiskConfig = z.infer<typeof diskConfigSchema>;
