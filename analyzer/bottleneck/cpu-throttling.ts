// cpu_throttling: the group waits for its own CPU quota, while the host has CPUs to spare.
import type { SubjectFeatures } from '../features/table.ts';
import type { Advice } from './advice.ts';
import { digits, formatCount, formatPercent } from './format.ts';
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

/** Below so many threads that want to run there is nothing that a quota could hold back. */
const LEAST_DEMAND_THREADS = 0.2;
/** The quota of some cgroup and the group's own waiting agree, yet nobody said that they belong together. */
const GUESSED_CONFIDENCE = 0.6;

/** Below this share of use there are CPUs to spare, and it is worth saying. */
const IDLE_BELOW_RATIO = 0.8;

export const cpuThrottling: BottleneckRule = {
  kind: 'cpu_throttling',
  alertname: 'GuardCpuThrottling',
  needs: ['group_running_threads', 'group_runnable_threads'],
  judge(group, { thresholds: { cpu_throttling: limits } }: JudgeContext): Judgement | undefined {
    if (isKernelGroup(group)) return undefined;
    const known = group.value('group_cgroup_throttled_ratio');
    const wants = group.value('group_running_threads')! + group.value('group_runnable_threads')!;
    if (wants < LEAST_DEMAND_THREADS) return undefined;
    const full = 3 * limits.throttled_periods_ratio;
    const score =
      known === undefined
        ? guess(group, limits)
        : degree(known, limits.throttled_periods_ratio, full);
    if (score === undefined) return undefined;
    if (score < 0.5) return belowFinding(score);
    return {
      score,
      confidence: known === undefined ? GUESSED_CONFIDENCE : 0.95,
      severity: 'warning',
      evidence: collectEvidence(group),
      suggestions: ADVICE,
    };
  },
};

/**
 * Throttled time counts as waiting for a CPU. On a host with CPUs to spare nothing else makes threads wait like that, so the
 * waiting names the group where its cgroup is not known by name; on a full host it proves nothing.
 */
function guess(group: SubjectFeatures, limits: Thresholds['cpu_throttling']): number | undefined {
  const throttled = group.value('host_cgroup_throttled_ratio');
  const used = group.value('host_cpu_used_ratio');
  if (throttled === undefined || used === undefined) return undefined;
  const { throttled_periods_ratio, waiting_ratio } = limits;
  const score = Math.min(
    degree(throttled, throttled_periods_ratio, 3 * throttled_periods_ratio),
    degree(waitingRatio(group), waiting_ratio, 2 * waiting_ratio),
    degree(1 - used, 0.15, 0.3),
  );
  return score >= FINDING_SCORE && knowsCgroups(group) ? undefined : score;
}

/** Where the cgroups of others are known, a group without one has no quota. */
export function knowsCgroups({ host }: SubjectFeatures): boolean {
  return host.once('cpu_throttling.cgroups', () =>
    host.groups.some((group) => group.value('group_cgroup_throttled_ratio') !== undefined),
  );
}

/** Whether a quota explains that threads of the group wait for a CPU. */
export function waitsForQuota(
  group: SubjectFeatures,
  { throttled_periods_ratio: often }: Thresholds['cpu_throttling'],
): boolean {
  return (group.value('group_cgroup_throttled_ratio') ?? 0) >= often;
}

function waitingRatio(group: SubjectFeatures): number {
  const waiting = group.value('group_runnable_threads')!;
  return waiting / (waiting + group.value('group_running_threads')!);
}

function collectEvidence(group: SubjectFeatures) {
  const name = groupName(group.subject);
  const { cgroup } = group.detail('host_cgroup_throttled_ratio');
  const own = group.value('group_cgroup_throttled_ratio') !== undefined;
  return describe(group, [
    [
      'group_cgroup_throttled_ratio',
      (ratio) => `${name} used up its CPU quota in ${formatPercent(ratio)} of the periods`,
    ],
    [
      'host_cgroup_throttled_ratio',
      (ratio) =>
        own
          ? undefined
          : `cgroup ${cgroup ?? ''} was out of quota in ${formatPercent(ratio)} of its periods`,
    ],
    [
      'group_runnable_threads',
      (threads) =>
        `on average ${formatCount(threads, 'thread')} of ${name} are held back, ${formatPercent(waitingRatio(group))} of the time in which they could run`,
    ],
    [
      'host_cpu_used_ratio',
      (used) =>
        `the CPUs of the host are ${used < IDLE_BELOW_RATIO ? 'only ' : ''}${formatPercent(used)} busy`,
    ],
    ['group_cpu_cores', (cores) => `it gets ${digits(cores)} CPUs`],
  ]);
}

const ADVICE: readonly Advice[] = [
  {
    id: 'raise_quota',
    text: 'Raise the CPU quota: systemctl set-property <unit> CPUQuota=…, docker update --cpus …, or resources.limits.cpu of the pod',
    reason: 'the quota stops the group while CPUs of the host are idle',
    effect: 'the waits for the next period of the quota disappear',
    effort: 'minutes',
    confidence: 0.9,
    buys: { cores: 1 },
  },
  {
    id: 'weights_instead_of_quota',
    text: 'Use weights instead of a quota: CPUWeight=, or requests without limits',
    reason: 'a weight holds the group back only while somebody else needs the CPU',
    effect: 'bursts run at once on an otherwise idle host',
    effort: 'minutes',
    confidence: 0.75,
  },
  {
    id: 'match_threads_to_quota',
    text: 'Give it no more worker threads than its quota has CPUs',
    reason: 'many threads use up the quota at the beginning of a period and all wait for its end',
    effect: 'shorter stalls with the same throughput',
    effort: 'hours',
    confidence: 0.6,
  },
  {
    id: 'jvm_active_processors',
    text: 'Set -XX:ActiveProcessorCount to the quota, and count the collector threads with -Xlog:gc*',
    reason: 'collector and compiler threads of the JVM use up the quota together',
    effect: 'fewer throttled periods during garbage collection',
    effort: 'minutes',
    confidence: 0.7,
    runtime: 'jvm',
  },
  {
    id: 'node_worker_count',
    text: 'Start as many workers as the quota has CPUs, and set UV_THREADPOOL_SIZE to suit',
    reason: 'the number of CPUs that the program sees is that of the host, not of the quota',
    effect: 'fewer threads that share the quota',
    effort: 'minutes',
    confidence: 0.6,
    runtime: 'node',
  },
];
