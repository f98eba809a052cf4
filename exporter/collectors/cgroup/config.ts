// The section `cgroup` of the configuration.
import { z } from 'zod';
import { pattern } from '../device-pattern.ts';

export const cgroupConfigSchema = z
  .strictObject({
    max_cgroups: z.int().min(1).max(5_000).default(500),
    ignored_paths: pattern().default(''),
    /** Three more series per cgroup. */
    pressure: z.boolean().default(false),
  })
  .prefault({});
export type CgroupConfig = z.infer<typeof cgroupConfigSchema>;
