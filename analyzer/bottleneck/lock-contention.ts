// lock_contention: threads of the group queue for a lock that another of its threads holds.
import type { SubjectFeatures } from '../features/table.ts';
import type { Advice } from './advice.ts';
import { digits, formatCount, formatPercent } from './format.ts';
import {
  type BottleneckRule,
  belowFinding,
  degree,
  describe,
  EXPLAINED_SCORE,
  groupName,
  isKernelGroup,
  type JudgeContext,
  type Judgement,
} from './rule.ts';
import type { Thresholds } from './thresholds.ts';

/** Somebody has to hold the lock and to run: otherwise the others wait for work, or everybody for a CPU. */
const LEAST_RUNNING_THREADS = 0.3;
/** Share of its wish to run that is fulfilled: on a full host the holder itself waits, and nothing can be told. */
const LEAST_SERVED_RATIO = 0.5;
/**
 * A lock lets one through at a time: one thread's worth of work, less the hand-overs, more what is done outside of it.
 * Runtimes park their idle threads on futexes and switch often, too; what they get done is any number of threads' worth.
 */
const SERIAL_THREADS = { least: 0.85, most: 1.2 } as const;
const SERIAL_MARGIN = 0.3;
/** A stage that is busy all the time has one busy thread; the holders of a lock take turns. */
const TAKING_TURNS_RATIO = 0.3;
/**
 * Of the looks at a queue. Of a pool with work for one thread on average one is at work 37 % of the time (Poisson, e^-1), less
 * with any other load. A runtime that moves its only task from thread to thread, beside the helpers of its collector, was seen
 * at 67 % (Go); hand-overs and work outside of the lock keep a lock a little below 100 %.
 */
const ONE_AT_A_TIME_RATIO = 0.8;
/** Voluntary switches per second of CPU time; pmieconf's old alarm level, 4000/s, is what a busy server of today does. */
const SWITCH_STORM = 10_000;
const SYSTEM_SHARE_RATIO = 0.6;

interface Budget {
  readonly waiting: number;
  readonly working: number;
  readonly running: number;
  readonly switches: number;
  /** Share of the looks at the whole queue in which exactly one thread had got through. */
  readonly seen: number | undefined;
}

export const lockContention: BottleneckRule = {
  kind: 'lock_contention',
  alertname: 'GuardLockContention',
  needs: [
    'group_lock_wait_threads',
    'group_running_threads',
    'group_runnable_threads',
    'group_voluntary_switches_per_second',
  ],
  judge(group, { thresholds: { lock_contention: limits } }: JudgeContext): Judgement | undefined {
    if (isKernelGroup(group)) return undefined;
    const budget = budgetOf(group);
    const queues = Math.min(crowding(budget, limits), activity(budget, limits));
    if (queues < 0.5) return belowFinding(queues);
    const surge = surgeOf(group, budget, limits);
    const score = Math.min(
      queues,
      Math.max(serialised(group, budget), switchStorm(group, budget), surge ?? 0),
    );
    if (score < 0.5) return belowFinding(score);
    // A pipeline waits like that all day long: what was no problem in the hour before is none now.
    if (surge !== undefined && surge < 0.5) return belowFinding(EXPLAINED_SCORE);
    return {
      score,
      confidence: surge === undefined ? 0.6 : 0.85,
      severity: 'warning',
      evidence: collectEvidence(group, budget),
      suggestions: ADVICE,
    };
  },
};

function budgetOf(group: SubjectFeatures): Budget {
  const running = group.value('group_running_threads')!;
  const disk = group.value('group_disk_wait_threads') ?? 0;
  return {
    waiting: group.value('group_lock_wait_threads')!,
    working: running + group.value('group_runnable_threads')! + disk,
    running,
    switches: group.value('group_voluntary_switches_per_second')!,
    seen: group.value('group_futex_one_at_a_time_ratio'),
  };
}

/** More wait than work, and somebody does work. */
function crowding(
  { waiting, working, running, seen }: Budget,
  limits: Thresholds['lock_contention'],
): number {
  const { waiting_per_working_thread: many } = limits;
  const queue = Math.min(
    degree(waiting / Math.max(working, LEAST_RUNNING_THREADS), many, 2 * many),
    degree(waiting, 1, 2),
  );
  if (seen !== undefined) return queue;
  return Math.min(
    queue,
    degree(running, LEAST_RUNNING_THREADS, 2 * LEAST_RUNNING_THREADS),
    degree(running / working, LEAST_SERVED_RATIO, 1.5 * LEAST_SERVED_RATIO),
  );
}

/** The waits end again and again. An idle pool's do not: 200 threads asleep on a futex hardly ever switch. */
function activity({ waiting, switches }: Budget, limits: Thresholds['lock_contention']): number {
  const { switches_per_waiting_thread: often } = limits;
  return waiting <= 0 ? 0 : degree(switches / waiting, often, 5 * often);
}

/**
 * One at a time, in turns. Seen in many looks it is so, even while the one that got through sleeps or waits for a CPU; else it is
 * worked out from the time budget. Without the busiest thread it cannot be told from a busy stage, and is believed half.
 */
function serialised(group: SubjectFeatures, { working, running, seen }: Budget): number {
  if (seen !== undefined) return degree(seen, ONE_AT_A_TIME_RATIO, 1);
  const { least, most } = SERIAL_THREADS;
  const beyond = Math.max(0, least - working, working - most);
  const oneAtATime = Math.max(0, 1 - beyond / SERIAL_MARGIN);
  const busiest = group.value('group_busiest_thread_ratio');
  if (busiest === undefined) return Math.min(oneAtATime, 0.55);
  const turns = running <= 0 ? 0 : 1 - busiest / running;
  return Math.min(oneAtATime, degree(turns, TAKING_TURNS_RATIO, 2 * TAKING_TURNS_RATIO));
}

/** The kernel is busier with handing over than the threads are with working. */
function switchStorm(group: SubjectFeatures, { running, switches }: Budget): number {
  const system = group.value('group_system_cpu_cores');
  if (system === undefined || running <= 0) return 0;
  return Math.min(
    degree(running, LEAST_RUNNING_THREADS, 2 * LEAST_RUNNING_THREADS),
    degree(system / running, SYSTEM_SHARE_RATIO, 1.5 * SYSTEM_SHARE_RATIO),
    degree(switches / running, SWITCH_STORM, 3 * SWITCH_STORM),
  );
}

/** Waiting against the group's own earlier hour, beyond what more work explains; undefined while it has no such hour. */
function surgeOf(
  group: SubjectFeatures,
  { waiting }: Budget,
  limits: Thresholds['lock_contention'],
): number | undefined {
  const before = group.value('group_lock_wait_threads_baseline');
  const cpuBefore = group.value('group_cpu_cores_baseline');
  const cpu = group.value('group_cpu_cores');
  if (before === undefined || cpu === undefined || !cpuBefore) return undefined;
  const moreWork = Math.max(1, cpu / cpuBefore);
  const growth = waiting / Math.max(0.5, before) / moreWork;
  return degree(growth, limits.growth_ratio, 2 * limits.growth_ratio);
}

function collectEvidence(group: SubjectFeatures, { working, switches, waiting }: Budget) {
  const name = groupName(group.subject);
  return describe(group, [
    [
      'group_lock_wait_threads',
      (threads) => `${formatCount(threads, 'thread')} of ${name} wait for a lock (on a futex)`,
    ],
    [
      'group_running_threads',
      () => `only ${digits(working)} of its threads get on with their work`,
    ],
    [
      'group_voluntary_switches_per_second',
      () =>
        `it gives up the CPU ${digits(switches)} times a second, ${digits(switches / waiting)} times for each waiting thread`,
    ],
    [
      'group_futex_one_at_a_time_ratio',
      (ratio) =>
        `in ${formatPercent(ratio)} of the looks exactly one of the threads that queue had got through`,
    ],
    [
      'group_busiest_thread_ratio',
      (ratio) => `its threads take turns: the busiest uses ${formatPercent(ratio)} of one CPU`,
    ],
    ['host_cpu_used_ratio', (ratio) => `the CPUs of the host are ${formatPercent(ratio)} busy`],
    [
      'group_lock_wait_threads_baseline',
      (threads) => `in the hour before the last ${formatCount(threads, 'thread')} waited so`,
    ],
  ]);
}

const ADVICE: readonly Advice[] = [
  {
    id: 'find_lock',
    text: 'Find the lock: perf lock contention -b -p <pid> -- sleep 10, or stacks of the waiting threads (gdb -p <pid> -batch -ex "thread apply all bt")',
    reason: 'most waits are usually for one or two locks',
    effect: 'you know what to change',
    effort: 'hours',
    confidence: 0.8,
  },
  {
    id: 'shorten_critical_section',
    text: 'Move work out of the locked part, or split the lock (by key, by shard, reader-writer)',
    reason: 'while one thread holds the lock all others wait, however many CPUs there are',
    effect: 'throughput grows with the number of CPUs again',
    effort: 'days',
    confidence: 0.75,
  },
  {
    id: 'fewer_threads',
    text: 'Use fewer threads, about as many as there are CPUs',
    reason: 'threads that only queue cost hand-overs and add latency',
    effect: 'fewer context switches with the same throughput',
    effort: 'minutes',
    confidence: 0.55,
  },
  {
    id: 'jvm_locks',
    text: 'Take jcmd <pid> Thread.print three times, or JFR with jdk.JavaMonitorEnter, and look for "waiting to lock"',
    reason: 'the JVM names monitor, owner and line',
    effect: 'you know the line that holds the lock',
    effort: 'minutes',
    confidence: 0.8,
    runtime: 'jvm',
  },
  {
    id: 'python_gil',
    text: 'Check for the interpreter lock: py-spy dump --pid <pid>, py-spy top --gil; use processes (multiprocessing, more workers) for CPU work',
    reason: 'one thread at a time runs Python code in a process',
    effect: 'as many CPUs in use as there are processes',
    effort: 'days',
    confidence: 0.8,
    runtime: 'python',
  },
  {
    id: 'node_atomics',
    text: 'Look for Atomics.wait between workers and for more than UV_THREADPOOL_SIZE native tasks at once',
    reason: 'in Node.js threads meet in native code and shared memory only',
    effect: 'workers no longer wait for each other',
    effort: 'hours',
    confidence: 0.55,
    runtime: 'node',
  },
];
