// The section `cgroup` of the configuration.
import { z } from 'zod';
import { pattern } from '../device-pattern.ts';

export const cgroupConfigSchema = z
  .strictObject({
    max_cgroups: z
      .int()
      .min(1)
      .max(5_000)
      .default(500)
      .describe('Cgroups that are reported, those nearest to the root first.'),
    ignored_paths: pattern()
      .default('')
      .describe('Regular expression that matches the whole path; empty ignores none.'),
    pressure: z
      .boolean()
      .default(false)
      .describe('Pressure of each cgroup, version 2 only: three more series per cgroup.'),
  })
  .prefault({});
export type CgroupConfig = z.infer<typeof cgroupConfigSchema>;
