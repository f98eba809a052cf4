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
        enabled: z.boolean().default(true).describe('Whether events are counted.'),
        interval: duration({ min: 0.1, max: 300 })
          .prefault('10s')
          .describe('Time between two readings.'),
        hardware: z
          .boolean()
          .default(false)
          .describe(
            'Also cycles, instructions, cache and branch misses, where the processor lets perf count them.',
          ),
      })
      .prefault({})
      .describe('Counters of the host by `perf stat`.'),
    record: z
      .strictObject({
        enabled: z
          .boolean()
          .default(false)
          .describe('Whether groups are sampled; needs root or CAP_PERFMON and CAP_SYS_PTRACE.'),
        interval: duration({ min: 10, max: 86_400 })
          .prefault('5m')
          .describe('Least time between two recordings.'),
        duration: duration({ min: 1, max: 30 })
          .prefault('5s')
          .describe('How long one recording takes.'),
        frequency: z
          .number()
          .int()
          .min(1)
          .max(999)
          .default(49)
          .describe('Samples per second and busy CPU.'),
        groups: z
          .array(groupName())
          .max(MAX_GROUPS)
          .default([])
          .describe('Only these groups, however little they use; empty: the busiest.'),
        min_cpus: z
          .number()
          .min(0)
          .max(1024)
          .default(0.5)
          .describe('CPUs that a group uses before it is recorded.'),
        max_groups: z
          .number()
          .int()
          .min(1)
          .max(MAX_GROUPS)
          .default(3)
          .describe('How many of the busiest groups are recorded.'),
        top_symbols: z
          .number()
          .int()
          .min(1)
          .max(MAX_SYMBOLS)
          .default(10)
          .describe('Functions that are reported for each group.'),
        budget_ratio: z
          .number()
          .min(0.0001)
          .max(1)
          .default(0.01)
          .describe(
            'Share of one CPU that recordings may cost on average; they get rarer to keep it.',
          ),
      })
      .prefault({})
      .describe(
        'Functions in which busy groups spend their CPU time, by `perf record`; also opens /debug/flamegraph.',
      ),
  })
  .prefault({});
export type PerfConfig = z.infer<typeof perfConfigSchema>;
