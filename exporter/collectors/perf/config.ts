// The configuration section `perf`: counting is cheap and on by default, recording is not and is off.
import { z } from 'zod';
import { duration } from '../../../service/config.ts';

const MAX_GROUPS = 20;
const MAX_SYMBOLS = 50;

const groupName = () => z.string().min(1).max(200);

export const perfConfigSchema = z
  .strictObject({
    stat: z
      .strictObject({
        enabled: z.boolean().default(true),
        interval: duration({ min: 0.1, max: 300 }).prefault('10s'),
        hardware: z.boolean().default(false),
      })
      .prefault({}),
    record: z
      .strictObject({
        enabled: z.boolean().default(false),
        /** The least time between two recordings. */
        interval: duration({ min: 10, max: 86_400 }).prefault('5m'),
        duration: duration({ min: 1, max: 30 }).prefault('5s'),
        frequency: z.number().int().min(1).max(999).default(49),
        groups: z.array(groupName()).max(MAX_GROUPS).default([]),
        /** CPUs that a group uses before it is recorded. */
        min_cpus: z.number().min(0).max(1024).default(0.5),
        max_groups: z.number().int().min(1).max(MAX_GROUPS).default(3),
        top_symbols: z.number().int().min(1).max(MAX_SYMBOLS).default(10),
        /** Of one CPU, what recordings may cost on average. */
        budget_ratio: z.number().min(0.0001).max(1).default(0.01),
      })
      .prefault({}),
  })
  .prefault({});
export type PerfConfig = z.infer<typeof perfConfigSchema>;
