// cpu_saturation of a host: its CPUs are full of many groups, none of which is the cause alone.
import type { SubjectFeatures } from '../features/table.ts';
import type { Evidence } from '../series/finding.ts';
import type { Advice } from './advice.ts';
import { blameOf, demandOf } from './cpu-saturation.ts';
import { digits, formatPercent } from './format.ts';
import {
  type BottleneckRule,
  belowFinding,
  degree,
  describe,
  evidence,
  FINDING_SCORE,
  groupName,
  isKernelGroup,
  type JudgeContext,
  type Judgement,
} from './rule.ts';
import type { Thresholds } from './thresholds.ts';

/** Threads that run or wait for a CPU, per CPU (node-mixin: load per CPU above 2). */
const CROWDED_DEMAND_RATIO = 2;
/** Where the waiting of threads is not known, pressure alone tells of the queue (PSI cpu some). */
const CROWDED_PRESSURE_RATIO = 0.6;
const LARGEST_TOLD = 3;

export const cpuSaturationOfHost: BottleneckRule = {
  kind: 'cpu_saturation',
  alertname: 'GuardCpuSaturation',
  judges: 'host',
  needs: ['host_cpu_used_ratio', 'host_cpu_count'],
  judge(host, { thresholds }: JudgeContext): Judgement | undefined {
    const short = ordinaryShortage(host, thresholds);
    if (short < FINDING_SCORE) return belowFinding(short);
    const groups = host.host.groups.filter((group) => !isKernelGroup(group));
    const known = groups.filter((group) => group.value('group_cpu_cores') !== undefined);
    const score = known.length === 0 ? 0 : Math.min(short, crowding(host, known, thresholds));
    if (score < FINDING_SCORE) return belowFinding(score);
    // Somebody in particular is the cause, or is told by another kind: one finding, not two.
    if (known.some((group) => blameOf(group, thresholds) >= FINDING_SCORE)) return undefined;
    return {
      score,
      confidence: 0.7,
      severity: 'warning',
      evidence: collectEvidence(host, known),
      suggestions: ADVICE,
    };
  },
};

/** Without stolen time, and without work of low priority, which steps back for the others. */
function ordinaryShortage(host: SubjectFeatures, { cpu_saturation: limits }: Thresholds): number {
  const aside =
    (host.value('host_cpu_steal_ratio') ?? 0) + (host.value('host_cpu_nice_ratio') ?? 0);
  return degree(host.value('host_cpu_used_ratio')! - aside, limits.host_used_ratio, 1);
}

/** A host that is busy without a queue serves everybody: only who waits suffers. */
function crowding(
  host: SubjectFeatures,
  groups: readonly SubjectFeatures[],
  thresholds: Thresholds,
): number {
  const cpus = host.value('host_cpu_count')!;
  if (groups.some((group) => group.value('group_runnable_threads') !== undefined)) {
    const demand = groups.reduce((sum, group) => sum + demandOf(group, thresholds), 0);
    return degree(demand / cpus, CROWDED_DEMAND_RATIO, 2 * CROWDED_DEMAND_RATIO);
  }
  return degree(host.value('host_cpu_waiting_ratio') ?? 0, CROWDED_PRESSURE_RATIO, 1);
}

function collectEvidence(host: SubjectFeatures, groups: readonly SubjectFeatures[]): Evidence[] {
  const cores = (group: SubjectFeatures) => group.value('group_cpu_cores') ?? 0;
  const cpus = host.value('host_cpu_count')!;
  const largest = [...groups].sort((a, b) => cores(b) - cores(a)).slice(0, LARGEST_TOLD);
  return [
    ...describe(host, [
      [
        'host_cpu_used_ratio',
        (ratio) =>
          `the host's CPUs are ${formatPercent(ratio)} busy, and no single process group is the cause`,
      ],
      [
        'host_cpu_waiting_ratio',
        (ratio) => `some task waits for a CPU ${formatPercent(ratio)} of the time`,
      ],
    ]),
    ...largest.map((group) =>
      evidence(
        `${groupName(group.subject)} uses ${digits(cores(group))} of ${digits(cpus)} CPUs, one of the largest`,
        group,
        'group_cpu_cores',
      ),
    ),
  ];
}

const ADVICE: readonly Advice[] = [
  {
    id: 'spread_groups',
    text: 'Move some of the programs to another host, the largest first (guard top shows them)',
    reason: 'together they ask for more than the host has, each alone is modest',
    effect: 'those that stay no longer wait for a CPU',
    effort: 'hours',
    confidence: 0.7,
  },
  {
    id: 'add_cpus_to_host',
    text: 'Give the host more CPUs',
    reason: 'if all of the work is needed here, the host is too small for it',
    effect: 'nobody waits for a CPU any more',
    effort: 'hours',
    confidence: 0.65,
    buys: { cores: 2 },
  },
  {
    id: 'shift_batch_work',
    text: 'Move what nobody waits for to a quieter time, or run it at low priority: nice -n 19, CPUWeight=20 of its unit',
    reason: 'batch work and requests compete for the same CPUs',
    effect: 'requests run at once, batch work takes longer',
    effort: 'minutes',
    confidence: 0.6,
  },
];
