// cpu_saturation: the host has no CPU left and this group is why, or one of its threads can run no faster on one CPU.
import type { GroupFeatures } from '../features/table.ts';
import type { Suggestion } from '../series/finding.ts';
import { digits, formatPercent } from './format.ts';
import {
  type BottleneckRule,
  degree,
  evidence,
  groupName,
  type JudgeContext,
  type Judgement,
} from './rule.ts';

/** A thread at 100 % of one CPU limits itself while nobody else suffers: worth knowing, not worth a page. */
const PINNED_THREAD_MAX_SCORE = 0.65;
/** Share of time in which some task waits for a CPU from which everybody suffers (PSI cpu some). */
const STARVING_RATIO = 0.8;

export const cpuSaturation: BottleneckRule = {
  kind: 'cpu_saturation',
  alertname: 'GuardCpuSaturation',
  needs: ['group_cpu_cores', 'host_cpu_used_ratio', 'host_cpu_count'],
  judge(group, { thresholds: { cpu_saturation: limits } }: JudgeContext): Judgement | undefined {
    const cores = group.value('group_cpu_cores')!;
    const cpus = group.host.value('host_cpu_count')!;
    const hostShort = degree(group.host.value('host_cpu_used_ratio')!, limits.host_used_ratio, 1);
    const blamed = degree(cores / cpus, limits.group_share_ratio, 0.75);
    const saturates = Math.min(hostShort, blamed);
    // Both at once: a thread that has been pinned for the whole window, not one that has just begun a burst.
    const busiest = Math.min(group.value('group_busiest_thread_ratio') ?? 0, cores);
    const pinned = Math.min(
      PINNED_THREAD_MAX_SCORE,
      degree(busiest, limits.busiest_thread_ratio, 1),
    );
    const score = Math.max(saturates, pinned);
    if (score < 0.5) return { ...NOTHING, score };
    const hostIsShort = saturates >= 0.5;
    return {
      score,
      confidence: confidenceOf(group, hostIsShort),
      severity: severityOf(group, hostIsShort),
      evidence: collectEvidence(group),
      suggestions: hostIsShort ? HOST_SHORT : PINNED,
    };
  },
};

const NOTHING = { confidence: 1, severity: 'info', evidence: [], suggestions: [] } as const;

function severityOf(group: GroupFeatures, hostIsShort: boolean) {
  if (!hostIsShort) return 'info';
  return (group.host.value('host_cpu_waiting_ratio') ?? 0) >= STARVING_RATIO
    ? 'critical'
    : 'warning';
}

/** Run-queue wait and pressure are independent witnesses of a shortage. */
function confidenceOf(group: GroupFeatures, hostIsShort: boolean): number {
  if (!hostIsShort) return 0.7;
  const waits = (group.value('group_runnable_threads') ?? 0) > 0.1 ? 0.2 : 0;
  const pressure = (group.host.value('host_cpu_waiting_ratio') ?? 0) > 0.1 ? 0.2 : 0;
  return 0.6 + waits + pressure;
}

function collectEvidence(group: GroupFeatures) {
  const name = groupName(group.subject);
  const cores = group.value('group_cpu_cores')!;
  const cpus = group.host.value('host_cpu_count')!;
  const lines = [
    evidence(
      `${name} uses ${digits(cores)} of ${digits(cpus)} CPUs (${formatPercent(cores / cpus)})`,
      group,
      'group_cpu_cores',
    ),
    evidence(
      `the host's CPUs are ${formatPercent(group.host.value('host_cpu_used_ratio')!)} busy`,
      group,
      'host_cpu_used_ratio',
    ),
  ];
  const busiest = group.value('group_busiest_thread_ratio');
  if (busiest !== undefined) {
    const text = `its busiest thread uses ${formatPercent(busiest)} of one CPU`;
    lines.push(evidence(text, group, 'group_busiest_thread_ratio'));
  }
  const waiting = group.value('group_runnable_threads');
  if (waiting !== undefined && waiting >= 0.01) {
    const text = `its threads wait for a free CPU ${digits(waiting)} s in every second`;
    lines.push(evidence(text, group, 'group_runnable_threads'));
  }
  return lines;
}

const PROFILE: Suggestion = {
  id: 'profile_hot_path',
  text: 'Profile it and remove the hot path: perf top -p <pid>, or perf record -g -p <pid> -- sleep 10',
  reason: 'a few functions usually hold most of the CPU time, and the fix costs no capacity',
};

const HOST_SHORT: readonly Suggestion[] = [
  PROFILE,
  {
    id: 'limit_cpu',
    text: 'Cap or deprioritise it: systemctl set-property <unit> CPUQuota=100% or CPUWeight=20, or renice 10 -p <pid>',
    reason: 'the other processes of this host wait for the CPU that it takes',
  },
  {
    id: 'add_cpu',
    text: 'Move it to another host, or give this one more CPUs',
    reason: 'if the work is needed and already efficient, the host is too small for it',
  },
];

const PINNED: readonly Suggestion[] = [
  PROFILE,
  {
    id: 'parallelise',
    text: 'Spread the work of the pinned thread over more threads or processes',
    reason: 'one thread cannot use more than one CPU; the host has others idle',
  },
];
