// Every threshold of the rules with its default and its source; the `thresholds:` section of analyzer.yml.
import { z } from 'zod';

const ratio = (value: number) => z.number().min(0).max(1).default(value);
const positive = (value: number) => z.number().positive().default(value);

const cpu = {
  cpu_saturation: z
    .strictObject({
      /** Share of the host's CPU time in use at which the host counts as short of CPU (owner's default). */
      host_used_ratio: ratio(0.8),
      /** Share of the host's CPUs that one group uses from which it can be blamed. */
      group_share_ratio: ratio(0.25),
      /** Threads that run or wait for a CPU, per CPU of the host, from which a group can be blamed (USE: demand above capacity). */
      group_demand_ratio: positive(0.6),
      /** Share of one CPU that a single thread uses from which it counts as pinned (USE method: 100 % busy). */
      busiest_thread_ratio: ratio(0.9),
    })
    .prefault({}),
  cpu_throttling: z
    .strictObject({
      /** Share of the quota's periods in which it was used up (kubernetes-mixin, CPUThrottlingHigh: 25 %). */
      throttled_periods_ratio: ratio(0.25),
      /** Share of a group's wish to run that was spent waiting, where the cgroup of the group is not known. */
      waiting_ratio: ratio(0.3),
    })
    .prefault({}),
  cpu_steal: z
    .strictObject({
      /** Share of CPU time that the hypervisor gave to others; a virtual machine alone on its CPUs has none. */
      steal_ratio: ratio(0.1),
    })
    .prefault({}),
};

const memory = {
  memory_leak: z
    .strictObject({
      /** Predicted growth per hour as a share of the memory limit (Coroot: 5 %). */
      growth_ratio_per_hour: ratio(0.05),
      /** Growth since the start of the stretch, relative to its level there, that counts whatever the size of the host. */
      relative_growth_ratio: positive(0.5),
      /** Growth that must have been seen, in bytes: smaller movements are noise. */
      minimum_growth_bytes: positive(20_000_000),
      /** Shortest stretch of uninterrupted growth that is judged, in seconds. */
      minimum_seconds: positive(150),
      /** The same for slow leaks, judged by the floor of every hour: two days, so that a daily course is no growth. */
      minimum_trend_seconds: positive(172_800),
      /** Largest p value of the Mann–Kendall test. */
      maximum_p_value: ratio(0.01),
    })
    .prefault({}),
  memory_pressure: z
    .strictObject({
      /** Share of the host's memory, or of a cgroup's limit, in use (node-mixin: 90 %). */
      used_ratio: ratio(0.9),
      /** Share of time in which some task of the host waits for memory (Coroot: memory stall above 0.02 s/s). */
      host_memory_waiting_ratio: ratio(0.02),
      /** Page faults of a group that had to read from storage, per second (node-mixin: 500/s). */
      major_faults_per_second: positive(500),
      /** Share of the host's memory that one group holds from which it can be blamed. */
      group_share_ratio: ratio(0.25),
    })
    .prefault({}),
};

const waiting = {
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
  lock_contention: z
    .strictObject({
      /** Threads of the group that wait on a futex, for each of its threads that gets on with its work. */
      waiting_per_working_thread: positive(2),
      /** Voluntary context switches per second of each waiting thread: a pool that only sleeps has next to none. */
      switches_per_waiting_thread: positive(5),
      /** Growth of the waiting against the group's own last hour, where it has one. */
      growth_ratio: positive(2),
    })
    .prefault({}),
  thread_starvation: z
    .strictObject({
      /** Bytes that have arrived for the group and that it does not read. */
      receive_queue_bytes: positive(4_096),
      /** Share of an accept queue that is filled. */
      listen_queue_ratio: ratio(0.5),
      /** Share of the threads that cgroup or kernel allow. */
      threads_used_ratio: ratio(0.9),
      /** Threads that wait for a CPU although the host has idle ones (USE checklist: any sustained run queue). */
      waiting_threads: positive(2),
      /** Share of throttled periods from which a quota explains such waiting (kubernetes-mixin: 25 %). */
      throttled_periods_ratio: ratio(0.25),
    })
    .prefault({}),
  fd_exhaustion: z
    .strictObject({
      /** Share of its limit of open files of the process that is nearest to it (node-mixin warns at 70 % of the host's). */
      used_ratio: ratio(0.8),
      /** From this share on the course of the last minutes is carried five minutes ahead. */
      rising_from_ratio: ratio(0.3),
    })
    .prefault({}),
};

const outside = {
  network_saturation: z
    .strictObject({
      /** Share of the link's speed (pmieconf: 85 %). */
      link_used_ratio: ratio(0.85),
      /** Share of the host's traffic from which a group can be blamed. */
      group_share_ratio: ratio(0.25),
      /** Bytes written and not acknowledged. */
      send_queue_bytes: positive(65_536),
      /** Round-trip time above the group's own quiet one, in seconds: what a queue on the way adds. */
      queueing_seconds: positive(0.02),
    })
    .prefault({}),
  network_path: z
    .strictObject({
      /** Share of ping requests without an answer. */
      loss_ratio: ratio(0.05),
      /** Share of TCP segments that were sent again (node-mixin calls 1 % errors of packets too many). */
      resent_ratio: ratio(0.02),
      /** Round-trip time in seconds (Coroot: 100 ms between clusters). */
      rtt_seconds: positive(0.1),
      /** A path that got this many times slower than in its last hour is judged from 10 ms on (Coroot: in a cluster). */
      slowdown_ratio: positive(3),
    })
    .prefault({}),
  database_contention: z
    .strictObject({
      /** Seconds that a session has been waiting for a lock (PostgreSQL's deadlock_timeout, which log_lock_waits uses: 1 s). */
      lock_wait_seconds: positive(1),
      /** Share of the connections that ordinary roles can get (node-mixin's 80 to 90 % for other pools). */
      connections_used_ratio: ratio(0.9),
      /** Seconds that a transaction may stay open without doing anything. */
      idle_in_transaction_seconds: positive(60),
    })
    .prefault({}),
  dependency_slow: z
    .strictObject({
      /** Share of a probe's runs that failed. */
      failure_ratio: ratio(0.1),
      /** Seconds of one run that are too long whatever was usual. */
      duration_seconds: positive(1),
      /** A dependency that got this many times slower than in its last hour is judged from 50 ms on. */
      slowdown_ratio: positive(3),
    })
    .prefault({}),
};

export const thresholdsSchema = z.strictObject({
  ...cpu,
  ...memory,
  ...waiting,
  ...outside,
  /** What capacity costs, for the advice; 0 = not known, and no cost is named. */
  prices: z
    .strictObject({
      core_per_month: z.number().min(0).default(0),
      gib_per_month: z.number().min(0).default(0),
      currency: z.string().min(1).max(8).default('EUR'),
    })
    .prefault({}),
});

export type Thresholds = z.infer<typeof thresholdsSchema>;
export const DEFAULT_THRESHOLDS: z.input<typeof thresholdsSchema> = {};
