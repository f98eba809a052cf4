// Every threshold of the rules with its default and its source; the `thresholds:` section of analyzer.yml.
import { z } from 'zod';

const ratio = (value: number) => z.number().min(0).max(1).default(value);
const positive = (value: number) => z.number().positive().default(value);

export const thresholdsSchema = z.strictObject({
  cpu_saturation: z
    .strictObject({
      /** Share of the host's CPU time in use at which the host counts as short of CPU (owner's default). */
      host_used_ratio: ratio(0.8),
      /** Share of the host's CPUs that one group uses from which it can be blamed. */
      group_share_ratio: ratio(0.25),
      /** Share of one CPU that a single thread uses from which it counts as pinned (USE method: 100 % busy). */
      busiest_thread_ratio: ratio(0.9),
    })
    .prefault({}),
  io_bound: z
    .strictObject({
      /** Threads of the group in uninterruptible disk wait, mean over 30 s. */
      disk_wait_threads: positive(0.3),
      /** Share of time in which some task of the host waits for I/O (PSI; GLib's low level is 70 ms in 2 s). */
      host_io_waiting_ratio: ratio(0.2),
      /** Share of time in which the busiest device had I/O in flight. */
      disk_busy_ratio: ratio(0.7),
    })
    .prefault({}),
  memory_leak: z
    .strictObject({
      /** Predicted growth per hour as a share of the memory limit (Coroot: 5 %). */
      growth_ratio_per_hour: ratio(0.05),
      /** Growth that must have been seen, in bytes: smaller movements are noise. */
      minimum_growth_bytes: positive(20_000_000),
      /** Shortest stretch of uninterrupted growth that is judged, in seconds. */
      minimum_seconds: positive(150),
      /** Largest p value of the Mann–Kendall test. */
      maximum_p_value: ratio(0.01),
    })
    .prefault({}),
});

export type Thresholds = z.infer<typeof thresholdsSchema>;
export const DEFAULT_THRESHOLDS: z.input<typeof thresholdsSchema> = {};
