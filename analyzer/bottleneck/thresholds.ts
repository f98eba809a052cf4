// Every threshold of the rules with its default and its source; the `thresholds:` section of analyzer.yml.
import { z } from 'zod';

const ratio = (value: number) => z.number().min(0).max(1).default(value);
const positive = (value: number) => z.number().positive().default(value);

const cpu = {
  cpu_saturation: z
    .strictObject({
      host_used_ratio: ratio(0.8).describe(
        "Share of the host's CPU time in use at which the host counts as short of CPU.",
      ),
      group_share_ratio: ratio(0.25).describe(
        "Share of the host's CPUs that one group uses, or of all that is asked for, from which it can be blamed.",
      ),
      group_demand_ratio: positive(0.6).describe(
        'Threads that run or wait for a CPU, per CPU of the host, from which a group can be blamed (USE: demand above capacity).',
      ),
      busiest_thread_ratio: ratio(0.9).describe(
        'Share of one CPU that a single thread uses from which it counts as pinned (USE method: 100 % busy).',
      ),
    })
    .prefault({})
    .describe('A host short of CPU, or a thread that can run no faster.'),
  cpu_throttling: z
    .strictObject({
      throttled_periods_ratio: ratio(0.25).describe(
        "Share of the quota's periods in which it was used up (kubernetes-mixin, CPUThrottlingHigh: 25 %).",
      ),
      waiting_ratio: ratio(0.3).describe(
        "Share of a group's wish to run that was spent waiting, where the cgroup of the group is not known.",
      ),
    })
    .prefault({})
    .describe('A CPU quota that is used up.'),
  cpu_steal: z
    .strictObject({
      steal_ratio: ratio(0.1).describe(
        'Share of CPU time that the hypervisor gave to others; a virtual machine alone on its CPUs has none.',
      ),
    })
    .prefault({})
    .describe('CPU time that the hypervisor gave to others.'),
};

const memory = {
  memory_leak: z
    .strictObject({
      growth_ratio_per_hour: ratio(0.05).describe(
        'Predicted growth per hour as a share of the memory limit (Coroot: 5 %).',
      ),
      relative_growth_ratio: positive(0.5).describe(
        'Growth since the start of the stretch, relative to its level there, that counts whatever the size of the host.',
      ),
      minimum_growth_bytes: positive(20_000_000).describe(
        'Growth that must have been seen, in bytes: smaller movements are noise.',
      ),
      minimum_seconds: positive(150).describe(
        'Shortest stretch of uninterrupted growth that is judged, in seconds.',
      ),
      minimum_trend_seconds: positive(172_800).describe(
        'The same for slow leaks, judged by the floor of every hour: two days, so that a daily course is no growth.',
      ),
      maximum_p_value: ratio(0.01).describe('Largest p value of the Mann–Kendall test.'),
    })
    .prefault({})
    .describe('Memory that grows without end.'),
  memory_pressure: z
    .strictObject({
      used_ratio: ratio(0.9).describe(
        "Share of the host's memory, or of a cgroup's limit, in use (node-mixin: 90 %).",
      ),
      host_memory_waiting_ratio: ratio(0.02).describe(
        'Share of time in which some task of the host waits for memory (Coroot: memory stall above 0.02 s/s).',
      ),
      major_faults_per_second: positive(500).describe(
        'Page faults of a group that had to read from storage, per second (node-mixin: 500/s).',
      ),
      group_share_ratio: ratio(0.25).describe(
        "Share of the host's memory that one group holds from which it can be blamed.",
      ),
    })
    .prefault({})
    .describe('A host or cgroup short of memory.'),
};

const waiting = {
  io_bound: z
    .strictObject({
      disk_wait_threads: positive(0.3).describe(
        'Threads of the group in uninterruptible disk wait, mean over 30 s.',
      ),
      host_io_waiting_ratio: ratio(0.2).describe(
        "Share of time in which some task of the host waits for I/O (PSI; GLib's low level is 70 ms in 2 s).",
      ),
      disk_busy_ratio: ratio(0.7).describe(
        'Share of time in which the busiest device had I/O in flight.',
      ),
    })
    .prefault({})
    .describe('Threads that wait for storage.'),
  lock_contention: z
    .strictObject({
      waiting_per_working_thread: positive(2).describe(
        'Threads of the group that wait on a futex, for each of its threads that gets on with its work.',
      ),
      switches_per_waiting_thread: positive(5).describe(
        'Voluntary context switches per second of each waiting thread: a pool that only sleeps has next to none.',
      ),
      growth_ratio: positive(2).describe(
        "Growth of the waiting against the group's own last hour, where it has one.",
      ),
    })
    .prefault({})
    .describe('Threads that wait for each other.'),
  thread_starvation: z
    .strictObject({
      receive_queue_bytes: positive(4_096).describe(
        'Bytes that have arrived for the group and that it does not read.',
      ),
      listen_queue_ratio: ratio(0.5).describe('Share of an accept queue that is filled.'),
      threads_used_ratio: ratio(0.9).describe('Share of the threads that cgroup or kernel allow.'),
      waiting_threads: positive(2).describe(
        'Threads that wait for a CPU although the host has idle ones (USE checklist: any sustained run queue).',
      ),
      throttled_periods_ratio: ratio(0.25).describe(
        'Share of throttled periods from which a quota explains such waiting (kubernetes-mixin: 25 %).',
      ),
    })
    .prefault({})
    .describe('Work that arrives and is not taken.'),
  fd_exhaustion: z
    .strictObject({
      used_ratio: ratio(0.8).describe(
        "Share of its limit of open files of the process that is nearest to it (node-mixin warns at 70 % of the host's).",
      ),
      rising_from_ratio: ratio(0.3).describe(
        'From this share on the course of the last minutes is carried five minutes ahead.',
      ),
    })
    .prefault({})
    .describe('Open files near their limit.'),
};

const outside = {
  network_saturation: z
    .strictObject({
      link_used_ratio: ratio(0.85).describe("Share of the link's speed (pmieconf: 85 %)."),
      group_share_ratio: ratio(0.25).describe(
        "Share of the host's traffic from which a group can be blamed.",
      ),
      send_queue_bytes: positive(65_536).describe('Bytes written and not acknowledged.'),
      queueing_seconds: positive(0.02).describe(
        "Round-trip time above the group's own quiet one, in seconds: what a queue on the way adds.",
      ),
    })
    .prefault({})
    .describe('A link or its queues are full.'),
  network_path: z
    .strictObject({
      loss_ratio: ratio(0.05).describe('Share of ping requests without an answer.'),
      resent_ratio: ratio(0.02).describe(
        'Share of TCP segments that were sent again (node-mixin calls 1 % errors of packets too many).',
      ),
      rtt_seconds: positive(0.1).describe(
        'Round-trip time in seconds (Coroot: 100 ms between clusters).',
      ),
      slowdown_ratio: positive(3).describe(
        'A path that got this many times slower than in its last hour is judged from 10 ms on (Coroot: in a cluster).',
      ),
    })
    .prefault({})
    .describe('Loss, or a round trip that got slow.'),
  database_contention: z
    .strictObject({
      lock_wait_seconds: positive(1).describe(
        "Seconds that a session has been waiting for a lock (PostgreSQL's deadlock_timeout, which log_lock_waits uses: 1 s).",
      ),
      connections_used_ratio: ratio(0.9).describe(
        "Share of the connections that ordinary roles can get (node-mixin's 80 to 90 % for other pools).",
      ),
      idle_in_transaction_seconds: positive(60).describe(
        'Seconds that a transaction may stay open without doing anything.',
      ),
    })
    .prefault({})
    .describe('Locks and connections of a database.'),
  dependency_slow: z
    .strictObject({
      failure_ratio: ratio(0.1).describe("Share of a probe's runs that failed."),
      duration_seconds: positive(1).describe(
        'Seconds of one run that are too long whatever was usual.',
      ),
      slowdown_ratio: positive(3).describe(
        'A dependency that got this many times slower than in its last hour is judged from 50 ms on.',
      ),
    })
    .prefault({})
    .describe('A probe that fails or got slow.'),
};

export const thresholdsSchema = z.strictObject({
  ...cpu,
  ...memory,
  ...waiting,
  ...outside,
  prices: z
    .strictObject({
      core_per_month: z.number().min(0).default(0).describe('One CPU core.'),
      gib_per_month: z.number().min(0).default(0).describe('One GiB of memory.'),
      currency: z.string().min(1).max(8).default('EUR').describe('Currency of the prices.'),
    })
    .prefault({})
    .describe('What capacity costs a month, for the advice; 0 = not known, and no cost is named.'),
});

export type Thresholds = z.infer<typeof thresholdsSchema>;
export const DEFAULT_THRESHOLDS: z.input<typeof thresholdsSchema> = {};
