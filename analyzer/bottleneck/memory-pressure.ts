// memory_pressure: memory is short on the host or in the group's cgroup, and this group holds it or faults for it.
import type { SubjectFeatures } from '../features/table.ts';
import type { Advice } from './advice.ts';
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

type Limits = Thresholds['memory_pressure'];

/** Tasks wait for memory for other reasons, too (compaction, a burst of reclaim): only this full it is for want of it. */
const PSI_COUNTS_FROM_RATIO = 0.7;
/** Bytes swapped per second that say that what is swapped out is needed (pmieconf: 5 pages/s is the least worth a look). */
const SWAPPING_BYTES = 1e6;
const GUESSED_CONFIDENCE = 0.6;
/** An own cgroup emptier than this is not the one that hits its limit. */
const HALF_IN_USE_RATIO = 0.5;

export const memoryPressure: BottleneckRule = {
  kind: 'memory_pressure',
  alertname: 'GuardMemoryPressure',
  needs: ['group_anonymous_memory_bytes', 'host_memory_total_bytes', 'host_memory_available_bytes'],
  victims: {
    feature: 'group_major_faults_per_second',
    atLeast: 20,
    say: (faults) => `reads ${digits(faults)} pages a second back from storage`,
  },
  judge(group, { thresholds: { memory_pressure: limits } }: JudgeContext): Judgement | undefined {
    if (isKernelGroup(group)) return undefined;
    const hostShort = hostShortage(group, limits);
    const holds =
      group.value('group_anonymous_memory_bytes')! / group.value('host_memory_total_bytes')!;
    const fillsHost = Math.min(
      hostShort,
      degree(holds, limits.group_share_ratio, 2 * limits.group_share_ratio),
    );
    const limited = cgroupShortage(group, limits);
    const score = Math.max(fillsHost, limited);
    if (score < 0.5) return belowFinding(score);
    const stalled = group.value('host_memory_stalled_ratio') ?? 0;
    return {
      score,
      confidence: confidenceOf(group, fillsHost >= limited),
      severity: stalled >= limits.host_memory_waiting_ratio ? 'critical' : 'warning',
      evidence: collectEvidence(group),
      suggestions: fillsHost >= limited ? HOST_ADVICE : CGROUP_ADVICE,
    };
  },
};

/** Whether the group reads pages again and again because memory is short, on the host or in some cgroup. */
export function faultsForMemory(group: SubjectFeatures, limits: Limits): boolean {
  const faults = group.value('group_major_faults_per_second') ?? 0;
  if (faults < limits.major_faults_per_second) return false;
  const swapping = (group.value('host_swap_bytes_per_second') ?? 0) >= SWAPPING_BYTES;
  return (
    swapping || usedRatio(group) >= limits.used_ratio || cgroupRatio(group) >= limits.used_ratio
  );
}

/** Memory in use alone is no shortage below the limit; above it, or with tasks that wait or pages that are swapped, it is. */
function hostShortage(group: SubjectFeatures, limits: Limits): number {
  const used = usedRatio(group);
  const waiting = group.value('host_memory_waiting_ratio') ?? 0;
  const swapping = group.value('host_swap_bytes_per_second') ?? 0;
  const suffers = Math.max(
    degree(waiting, limits.host_memory_waiting_ratio, 5 * limits.host_memory_waiting_ratio),
    degree(swapping, SWAPPING_BYTES, 10 * SWAPPING_BYTES),
  );
  const fairlyFull = degree(used, PSI_COUNTS_FROM_RATIO, limits.used_ratio);
  return Math.max(degree(used, limits.used_ratio, 1), Math.min(suffers, fairlyFull));
}

/**
 * A cgroup at its limit is normal while file cache fills it; major faults of its processes are not. PSI of memory stays low
 * even under tens of thousands of them a second.
 */
function cgroupShortage(group: SubjectFeatures, limits: Limits): number {
  const faults = group.value('group_major_faults_per_second') ?? 0;
  const { major_faults_per_second: many } = limits;
  const reads = degree(faults, many, 4 * many);
  return reads < FINDING_SCORE
    ? reads
    : Math.min(reads, degree(cgroupRatio(group), limits.used_ratio, 1));
}

/**
 * Of the group's own cgroup, else of some cgroup that hits its limit just now. Pages that a thrashing cgroup is about to
 * need count as cache that can be freed: hitting the limit again and again says more than the share in use.
 */
function cgroupRatio(group: SubjectFeatures): number {
  const own = group.value('group_cgroup_memory_used_ratio');
  const ownFailures = group.value('group_cgroup_memory_failures_per_second');
  if (ownFailures !== undefined) return ownFailures > 0 ? 1 : (own ?? 0);
  const hitsLimit = (group.value('host_cgroup_memory_failures_per_second') ?? 0) > 0;
  if (!hitsLimit) return own ?? 0;
  if (own !== undefined) return own >= HALF_IN_USE_RATIO ? 1 : own;
  return knowsCgroups(group) ? 0 : 1;
}

/** Where the cgroups of others are known, a group without one has no limit. */
function knowsCgroups({ host }: SubjectFeatures): boolean {
  return host.once('memory_pressure.cgroups', () =>
    host.groups.some(
      (group) => group.value('group_cgroup_memory_failures_per_second') !== undefined,
    ),
  );
}

function usedRatio(group: SubjectFeatures): number {
  const total = group.value('host_memory_total_bytes');
  const available = group.value('host_memory_available_bytes');
  return total === undefined || available === undefined ? 0 : 1 - available / total;
}

function confidenceOf(group: SubjectFeatures, byHost: boolean): number {
  if (!byHost)
    return group.value('group_cgroup_memory_used_ratio') === undefined ? GUESSED_CONFIDENCE : 0.9;
  return group.value('host_memory_waiting_ratio') === undefined ? 0.7 : 0.9;
}

function collectEvidence(group: SubjectFeatures) {
  const name = groupName(group.subject);
  const { cgroup } = group.detail('host_cgroup_memory_used_ratio');
  const own = group.value('group_cgroup_memory_used_ratio') !== undefined;
  const positive = (say: (value: number) => string) => (value: number) =>
    value > 0 ? say(value) : undefined;
  return describe(group, [
    ['group_anonymous_memory_bytes', (bytes) => `${name} holds ${formatBytes(bytes)}`],
    ['host_memory_available_bytes', (bytes) => `the host has ${formatBytes(bytes)} left`],
    [
      'group_cgroup_memory_used_ratio',
      (ratio) => `its cgroup is at ${formatPercent(ratio)} of its memory limit`,
    ],
    [
      'host_cgroup_memory_used_ratio',
      (ratio) =>
        own
          ? undefined
          : `cgroup ${cgroup ?? ''} is at ${formatPercent(ratio)} of its memory limit`,
    ],
    [
      'host_cgroup_memory_failures_per_second',
      positive(
        (times) => `cgroups of the host hit their memory limit ${digits(times)} times a second`,
      ),
    ],
    [
      'group_major_faults_per_second',
      positive((faults) => `it reads ${digits(faults)} pages a second back from storage`),
    ],
    [
      'host_memory_waiting_ratio',
      positive((ratio) => `some task waits for memory ${formatPercent(ratio)} of the time`),
    ],
    ['host_swap_bytes_per_second', positive((bytes) => `the host swaps ${formatBytes(bytes)}/s`)],
    [
      'host_oom_kills',
      positive((kills) => `the kernel killed ${digits(kills)} processes in five minutes`),
    ],
  ]);
}

const SHRINK: readonly Advice[] = [
  {
    id: 'shrink_memory',
    text: 'Find what holds the memory (pmap -x <pid>, smaps_rollup, a heap profile) and bound its caches',
    reason: 'a cache without a bound grows until something else gives way',
    effect: 'memory becomes free without new hardware',
    effort: 'days',
    confidence: 0.65,
  },
  {
    id: 'jvm_heap',
    text: 'Set -Xmx (or -XX:MaxRAMPercentage) with a quarter left for what lies outside the heap: jcmd <pid> VM.native_memory',
    reason: 'the heap grows up to its maximum before the collector works hard',
    effect: 'the process stays within a known size',
    effort: 'minutes',
    confidence: 0.75,
    runtime: 'jvm',
  },
  {
    id: 'node_heap',
    text: 'Set --max-old-space-size below the limit, and look for large buffers outside the heap (memoryUsage().external)',
    reason: 'the collector waits until the heap limit is near',
    effect: 'garbage is collected before the host is short',
    effort: 'minutes',
    confidence: 0.65,
    runtime: 'node',
  },
  {
    id: 'python_workers',
    text: 'Run fewer workers, and load what they share before they fork (gunicorn --preload)',
    reason: 'every worker has a copy of what it loads itself',
    effect: 'memory falls by the shared part for every worker',
    effort: 'minutes',
    confidence: 0.6,
    runtime: 'python',
  },
  {
    id: 'postgres_memory',
    text: 'Lower work_mem or the number of connections: each sort of each connection may take work_mem',
    reason: 'work_mem × operations × connections is what a database can grow to',
    effect: 'peaks become smaller',
    effort: 'minutes',
    confidence: 0.7,
    runtime: 'postgres',
  },
];

const HOST_ADVICE: readonly Advice[] = [
  ...SHRINK,
  {
    id: 'cap_memory',
    text: 'Bound it so that it alone pays: systemctl set-property <unit> MemoryHigh=… MemoryMax=…',
    reason: 'without a bound the kernel takes memory from everybody',
    effect: 'the others keep their file cache and pages',
    effort: 'minutes',
    confidence: 0.7,
  },
  {
    id: 'add_memory',
    text: 'Move it to another host, or give this one more memory',
    reason: 'if all of it is needed, the host is too small',
    effect: 'no more waiting for reclaim or swap',
    effort: 'hours',
    confidence: 0.6,
    buys: { gib: 8 },
  },
];

const CGROUP_ADVICE: readonly Advice[] = [
  ...SHRINK,
  {
    id: 'raise_memory_limit',
    text: 'Raise the limit of its cgroup: systemctl set-property <unit> MemoryMax=…, docker update --memory …, or resources.limits.memory',
    reason: 'its working set does not fit, so that pages are read again and again',
    effect: 'major faults fall to those of the start',
    effort: 'minutes',
    confidence: 0.85,
    buys: { gib: 2 },
  },
];
