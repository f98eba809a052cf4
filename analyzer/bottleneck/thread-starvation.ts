// thread_starvation: work queues before blocked threads, threads queue for few of the CPUs, or no thread can be added.
import type { SubjectFeatures } from '../features/table.ts';
import type { Advice } from './advice.ts';
import { knowsCgroups } from './cpu-throttling.ts';
import { digits, formatBytes, formatPercent } from './format.ts';
import {
  type BottleneckRule,
  belowFinding,
  degree,
  describe,
  FINDING_SCORE,
  groupName,
  isKernelGroup,
  type JudgeContext,
  type Judgement,
} from './rule.ts';
import type { Thresholds } from './thresholds.ts';

type Limits = Thresholds['thread_starvation'];

/** A pool has at least so many threads; a single thread that reads slowly may want to. */
const LEAST_THREADS = 3;
/** Share of its CPUs' worth of running from which a group is busy rather than starved. */
const BUSY_RATIO = 0.5;
/** Share of the host's CPU time that has to be idle before waiting for a CPU is odd. */
const IDLE_RATIO = 0.15;
/** An accept queue of the host whose owner is not known points to several groups: enough for a finding, not for more. */
const UNOWNED_QUEUE_MAX_SCORE = 0.6;

export const threadStarvation: BottleneckRule = {
  kind: 'thread_starvation',
  alertname: 'GuardThreadStarvation',
  needs: ['group_threads', 'group_running_threads', 'group_runnable_threads'],
  judge(group, { thresholds: { thread_starvation: limits } }: JudgeContext): Judgement | undefined {
    if (isKernelGroup(group)) return undefined;
    const full = Math.max(threadLimit(group, limits), kernelLimit(group, limits));
    const blocked = Math.min(queueing(group, limits), steadyPool(group), 1 - busyness(group));
    const confined = confinement(group, limits);
    const score = Math.max(full, blocked, confined);
    if (score < 0.5) return belowFinding(score);
    const [advice, confidence] =
      score === full
        ? [LIMIT_ADVICE, 0.95]
        : score === confined
          ? [CONFINED_ADVICE, 0.8]
          : [POOL_ADVICE, group.value('group_listen_queue_ratio') ? 0.8 : 0.6];
    return {
      score,
      confidence,
      severity: 'warning',
      evidence: collectEvidence(group, full >= 0.5),
      suggestions: advice,
    };
  },
};

/**
 * Threads that wait for a CPU while the host has CPUs to spare may not use those: an affinity mask or a cpuset. A quota
 * makes threads wait like that, too, and is asked first.
 */
function confinement(group: SubjectFeatures, limits: Limits): number {
  const used = group.value('host_cpu_used_ratio');
  if (used === undefined) return 0;
  const waiting = group.value('group_runnable_threads')!;
  const wants = waiting + group.value('group_running_threads')!;
  const score = Math.min(
    degree(waiting, limits.waiting_threads, 2 * limits.waiting_threads),
    degree(waiting / wants, BUSY_RATIO, 1.5 * BUSY_RATIO),
    degree(1 - used, IDLE_RATIO, 2 * IDLE_RATIO),
  );
  return score >= FINDING_SCORE && throttledRatio(group) >= limits.throttled_periods_ratio
    ? 0
    : score;
}

/** Of the group's own cgroup; of any of the host where nobody's is known. */
function throttledRatio(group: SubjectFeatures): number {
  const own = group.value('group_cgroup_throttled_ratio');
  if (own !== undefined) return own;
  return knowsCgroups(group) ? 0 : (group.value('host_cgroup_throttled_ratio') ?? 0);
}

function threadLimit(group: SubjectFeatures, limits: Limits): number {
  return degree(group.value('group_cgroup_pids_used_ratio') ?? 0, limits.threads_used_ratio, 1);
}

/** The kernel's own limit is reached by all together; blamed is who has a good part of the threads. */
function kernelLimit(group: SubjectFeatures, limits: Limits): number {
  const used = degree(group.value('host_threads_used_ratio') ?? 0, limits.threads_used_ratio, 1);
  if (used < 0.5) return 0;
  const all = group.host.groups.reduce((sum, one) => sum + (one.value('group_threads') ?? 0), 0);
  return Math.min(used, degree(group.value('group_threads')! / Math.max(1, all), 0.25, 0.5));
}

/** Bytes or connections that have arrived and that nobody takes. */
function queueing(group: SubjectFeatures, limits: Limits): number {
  const bytes = group.value('group_tcp_receive_queue_bytes');
  const own = group.value('group_listen_queue_ratio');
  const { receive_queue_bytes: much, listen_queue_ratio: filled } = limits;
  const unread = degree(bytes ?? 0, much, 8 * much);
  if (own !== undefined) return Math.max(unread, degree(own, filled, 2 * filled));
  // Whoever has no connections at all owns no port with a queue; nor does anybody else where the owners are known.
  if (bytes === undefined || knowsOwners(group)) return unread;
  const hostQueue = group.value('host_tcp_listen_queue_ratio') ?? 0;
  const drops = group.value('host_tcp_listen_drops_per_second') ?? 0;
  const unowned = Math.max(degree(hostQueue, filled, 2 * filled), degree(drops, 1, 5));
  return Math.max(unread, Math.min(unowned, UNOWNED_QUEUE_MAX_SCORE));
}

function knowsOwners({ host }: SubjectFeatures): boolean {
  return host.once('thread_starvation.owners', () =>
    host.groups.some((group) => group.value('group_listen_queue_ratio') !== undefined),
  );
}

/** A pool at its size: the number of threads has stood still while work queued. */
function steadyPool(group: SubjectFeatures): number {
  const threads = group.value('group_threads')!;
  if (threads < LEAST_THREADS) return 0;
  const least = group.value('group_threads_minimum') ?? threads;
  const most = group.value('group_threads_maximum') ?? threads;
  return least === most ? 1 : 0.4;
}

/** How much of the CPUs that its threads could use they use or ask for. */
function busyness(group: SubjectFeatures): number {
  const wants = group.value('group_running_threads')! + group.value('group_runnable_threads')!;
  const could = Math.min(group.value('group_threads')!, group.value('host_cpu_count') ?? 1);
  return degree(wants / could, BUSY_RATIO, 1);
}

function collectEvidence(group: SubjectFeatures, limited: boolean) {
  const name = groupName(group.subject);
  const { port } = group.detail('host_tcp_listen_queue_ratio');
  const positive = (say: (value: number) => string) => (value: number) =>
    value > 0 ? say(value) : undefined;
  return describe(group, [
    [
      'group_cgroup_pids_used_ratio',
      (ratio) =>
        limited ? `${formatPercent(ratio)} of the threads allowed are in use` : undefined,
    ],
    [
      'host_threads_used_ratio',
      (ratio) =>
        limited ? `${formatPercent(ratio)} of the threads that the kernel allows exist` : undefined,
    ],
    ['group_threads', (threads) => `${name} has ${digits(threads)} threads`],
    [
      'group_tcp_receive_queue_bytes',
      positive((bytes) => `${formatBytes(bytes)} have arrived that it does not read`),
    ],
    [
      'group_listen_queue_ratio',
      positive((ratio) => `its accept queue is ${formatPercent(ratio)} full`),
    ],
    [
      'host_tcp_listen_queue_ratio',
      positive(
        (ratio) => `the accept queue of port ${port ?? '?'} is ${formatPercent(ratio)} full`,
      ),
    ],
    [
      'host_tcp_listen_drops_per_second',
      positive(
        (drops) => `${digits(drops)} connections a second are dropped before being accepted`,
      ),
    ],
    ['group_running_threads', (threads) => `on average only ${digits(threads)} of its threads run`],
    [
      'group_runnable_threads',
      (threads) =>
        threads >= 0.1 ? `${digits(threads)} of its threads wait for a CPU` : undefined,
    ],
    [
      'group_lock_wait_threads',
      positive(
        (threads) =>
          `${digits(threads)} of its threads wait for a lock or for another thread (on a futex)`,
      ),
    ],
    ['host_cpu_used_ratio', (ratio) => `the CPUs of the host are ${formatPercent(ratio)} busy`],
  ]);
}

const LOOK: Advice = {
  id: 'dump_threads',
  text: 'See what the threads wait for: cat /proc/<pid>/task/*/wchan | sort | uniq -c, then their stacks (gdb -p <pid> -batch -ex "thread apply all bt")',
  reason: 'a pool is starved by what its threads wait for: a slow dependency, a lock, each other',
  effect: 'you know what to bound or to make faster',
  effort: 'hours',
  confidence: 0.8,
};

const POOL_ADVICE: readonly Advice[] = [
  LOOK,
  {
    id: 'bound_waits',
    text: 'Give every call to a dependency a time-out, and its own small pool',
    reason: 'one slow dependency otherwise holds every thread',
    effect: 'other requests are served while one dependency is slow',
    effort: 'days',
    confidence: 0.7,
  },
  {
    id: 'enlarge_pool',
    text: 'Enlarge the pool of workers',
    reason: 'threads that wait cost memory, not CPU',
    effect: 'the queue empties, unless the dependency itself is full',
    effort: 'minutes',
    confidence: 0.6,
  },
  {
    id: 'jvm_pool',
    text: 'Take jcmd <pid> Thread.print, and raise the pool (server.tomcat.threads.max) or use virtual threads',
    reason: 'the dump names the pool and what each thread waits for',
    effect: 'blocked requests no longer hold a platform thread',
    effort: 'hours',
    confidence: 0.7,
    runtime: 'jvm',
  },
  {
    id: 'python_workers',
    text: 'Use py-spy dump --pid <pid>, then more workers or threads (gunicorn --workers, --threads)',
    reason: 'a synchronous worker serves one request at a time',
    effect: 'as many requests at once as there are workers',
    effort: 'minutes',
    confidence: 0.7,
    runtime: 'python',
  },
  {
    id: 'node_threadpool',
    text: 'Raise UV_THREADPOOL_SIZE (4 by default) for file, DNS and crypto work; look for a blocked event loop with --cpu-prof',
    reason: 'four threads do all the work that the event loop hands out',
    effect: 'such calls no longer queue behind each other',
    effort: 'minutes',
    confidence: 0.65,
    runtime: 'node',
  },
  {
    id: 'nginx_backlog',
    text: 'Check upstream keepalive and worker_connections, and raise backlog= of listen with net.core.somaxconn',
    reason: 'workers do not accept while they are out of connections',
    effect: 'connections wait in the queue instead of being dropped',
    effort: 'minutes',
    confidence: 0.6,
    runtime: 'nginx',
  },
];

const CONFINED_ADVICE: readonly Advice[] = [
  {
    id: 'widen_affinity',
    text: 'Look at its CPUs (taskset -acp <pid>, Cpus_allowed_list in /proc/<pid>/status, cpuset.cpus of its cgroup) and widen them: taskset -acp 0-<last> <pid>, AllowedCPUs= of the unit',
    reason: 'its threads queue for some of the CPUs while others are idle',
    effect: 'the queue spreads over all CPUs',
    effort: 'minutes',
    confidence: 0.85,
  },
  {
    id: 'fewer_runnable_threads',
    text: 'If the CPUs are reserved on purpose, start no more threads than it has of them',
    reason: 'more threads than CPUs only wait for each other',
    effect: 'fewer switches with the same throughput',
    effort: 'minutes',
    confidence: 0.55,
  },
];

const LIMIT_ADVICE: readonly Advice[] = [
  LOOK,
  {
    id: 'raise_thread_limit',
    text: 'Raise the limit: systemctl set-property <unit> TasksMax=…, or pids_limit of the container, kernel.threads-max for the host',
    reason: 'at the limit every new thread or process fails with EAGAIN',
    effect: 'threads can be started again',
    effort: 'minutes',
    confidence: 0.85,
  },
  {
    id: 'bound_threads',
    text: 'Use a pool with a bound instead of a thread for each request',
    reason: 'a number of threads that follows the load reaches any limit',
    effect: 'a known number of threads under any load',
    effort: 'days',
    confidence: 0.7,
  },
];
