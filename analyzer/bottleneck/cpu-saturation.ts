// cpu_saturation: the host has no CPU left and this group is why, or one of its threads can run no faster on one CPU.
import type { GroupFeatures } from '../features/table.ts';
import type { Advice } from './advice.ts';
import { waitsForQuota } from './cpu-throttling.ts';
import { digits, formatCount, formatPercent } from './format.ts';
import { faultsForMemory } from './memory-pressure.ts';
import {
  type BottleneckRule,
  belowFinding,
  degree,
  EXPLAINED_SCORE,
  evidence,
  FINDING_SCORE,
  groupName,
  isKernelGroup,
  type JudgeContext,
  type Judgement,
} from './rule.ts';
import type { Thresholds } from './thresholds.ts';

/** A thread at 100 % of one CPU limits itself while nobody else suffers: worth knowing, not worth a page. */
const PINNED_THREAD_MAX_SCORE = 0.65;
/** Share of time in which some task waits for a CPU from which everybody suffers (PSI cpu some). */
const STARVING_RATIO = 0.8;

/** A group that gets less than this part of what its demand entitles it to waits for the others: it is not the cause. */
const VICTIM_RATIO = 0.5;
/** Of the CPUs that the largest consumer takes. */
const LEAST_TAKING_RATIO = 0.4;
/**
 * Of the threads that the neediest group would like to run. On a host without CPUs what is short otherwise takes long, so that
 * everybody has threads that wait: only the first among them is the cause.
 */
const LEAST_ASKING_RATIO = 0.75;
/** Times what the next group asks for. */
const STANDS_OUT_RATIO = 1.5;
/** Rounding of two rates that count the same seconds. */
const NICE_SLACK = 1.1;
const NICE_SLACK_CORES = 0.05;
/** Share of the host that work of ordinary priority needs before low-priority work can stand in its way. */
const ORDINARY_WORK_RATIO = 0.3;

export const cpuSaturation: BottleneckRule = {
  kind: 'cpu_saturation',
  alertname: 'GuardCpuSaturation',
  needs: ['group_cpu_cores', 'host_cpu_used_ratio', 'host_cpu_count'],
  victims: {
    feature: 'group_runnable_threads',
    atLeast: 0.05,
    say: (threads) => `has ${formatCount(threads, 'thread')} waiting for a CPU on average`,
  },
  judge(group, { thresholds }: JudgeContext): Judgement | undefined {
    const { cpu_saturation: limits } = thresholds;
    if (isKernelGroup(group)) return undefined;
    const shortage = hostShortage(group, limits.host_used_ratio);
    const saturates = shortage === 0 ? 0 : Math.min(shortage, blameOf(group, thresholds));
    // Both at once: a thread that has been pinned for the whole window, not one that has just begun a burst.
    const cores = group.value('group_cpu_cores')!;
    const busiest = Math.min(group.value('group_busiest_thread_ratio') ?? 0, cores);
    const pinned = mayBeNice(group)
      ? 0
      : Math.min(PINNED_THREAD_MAX_SCORE, degree(busiest, limits.busiest_thread_ratio, 1));
    const score = Math.max(saturates, pinned);
    if (score < 0.5) return belowFinding(score);
    // The kernel computes to find it memory: more memory helps, more CPU does not.
    if (faultsForMemory(group, thresholds.memory_pressure)) return belowFinding(EXPLAINED_SCORE);
    const hostIsShort = saturates >= 0.5;
    return {
      score,
      confidence: confidenceOf(group, hostIsShort),
      severity: severityOf(group, hostIsShort),
      evidence: collectEvidence(group, demandOf(group, thresholds)),
      suggestions: hostIsShort ? HOST_SHORT : PINNED,
    };
  },
};

/**
 * How short the host is of CPU for whom this group competes with. Stolen time is the hypervisor's doing. Low-priority work
 * fills idle CPUs and steps back: it counts only where work of ordinary priority needs a good part of the host as well
 * (sched_autogroup makes nice meaningless across sessions).
 */
function hostShortage(group: GroupFeatures, threshold: number): number {
  const steal = group.value('host_cpu_steal_ratio') ?? 0;
  const used = group.value('host_cpu_used_ratio')! - steal;
  const short = degree(used, threshold, 1);
  if (!mayBeNice(group)) return short;
  const ordinary = used - (group.value('host_cpu_nice_ratio') ?? 0);
  return Math.min(short, degree(ordinary, ORDINARY_WORK_RATIO, 2 * ORDINARY_WORK_RATIO));
}

/** Whether the group's CPU time could all be low-priority time: which group it is of, the kernel's totals do not tell. */
function mayBeNice(group: GroupFeatures): boolean {
  const nice = (group.value('host_cpu_nice_ratio') ?? 0) * group.value('host_cpu_count')!;
  if (nice < NICE_SLACK_CORES) return false;
  return group.value('group_cpu_cores')! <= NICE_SLACK * nice + NICE_SLACK_CORES;
}

/**
 * By what it uses, or by what it wants: among many busy processes no group gets much, yet a group whose threads alone
 * could fill the host is the cause where it asks for a good part of everything, or for clearly more than any other. Else the
 * host has too many of them, which is a finding of the host. One that gets far less than its part of all demand is a victim.
 */
export function blameOf(group: GroupFeatures, thresholds: Thresholds): number {
  const { cpu_saturation: limits } = thresholds;
  const cpus = group.value('host_cpu_count')!;
  const cores = group.value('group_cpu_cores')!;
  const uses = degree(cores / cpus, limits.group_share_ratio, 0.75);
  const demand = demandOf(group, thresholds);
  const wants = degree(demand / cpus, limits.group_demand_ratio, 1);
  if (Math.max(uses, wants) < FINDING_SCORE) return Math.max(uses, wants);
  const { all, largest, second, mostCores } = group.host.once('cpu_saturation.totals', () =>
    totalsOf(group.host.groups, thresholds),
  );
  const takes = Math.min(uses, standing(cores / mostCores, LEAST_TAKING_RATIO));
  const asked = demand / all;
  const gets = getsRatio(cores / cpus, asked);
  const asks = Math.min(
    wants,
    Math.max(
      degree(asked, limits.group_share_ratio, 2 * limits.group_share_ratio),
      degree(
        demand / (demand < largest ? largest : second),
        STANDS_OUT_RATIO,
        2 * STANDS_OUT_RATIO,
      ),
    ),
    degree(gets, VICTIM_RATIO, 1.5 * VICTIM_RATIO),
    standing(demand / largest, LEAST_ASKING_RATIO),
  );
  return Math.max(takes, asks);
}

/** Beside one that takes or asks for much more, a group is in the way of nobody. */
function standing(ratio: number, least: number): number {
  return degree(ratio, least, 1.25 * least);
}

/** What part it gets of what its demand entitles it to. */
function getsRatio(share: number, demandShare: number): number {
  return share / demandShare;
}

/** Of all groups together; of the one that takes most; of the two that ask for most and get their part, as no victim does. */
function totalsOf(groups: readonly GroupFeatures[], thresholds: Thresholds) {
  const cpus = groups[0]?.value('host_cpu_count') ?? 1;
  const demands = groups.map((group) => demandOf(group, thresholds));
  const all = demands.reduce((sum, demand) => sum + demand, 0);
  let largest = 0;
  let second = 0;
  let mostCores = 0;
  groups.forEach((group, index) => {
    const cores = group.value('group_cpu_cores') ?? 0;
    const demand = demands[index]!;
    mostCores = Math.max(mostCores, cores);
    const isVictim = getsRatio(cores / cpus, demand / all) < VICTIM_RATIO;
    if (isVictim) return;
    second = Math.max(second, Math.min(largest, demand));
    largest = Math.max(largest, demand);
  });
  return { all, largest, second, mostCores };
}

/** Threads that run or would like to. Those that wait for the group's own quota take nothing from anybody. */
export function demandOf(group: GroupFeatures, { cpu_throttling: limits }: Thresholds): number {
  const running = group.value('group_running_threads') ?? group.value('group_cpu_cores') ?? 0;
  return (
    running + (waitsForQuota(group, limits) ? 0 : (group.value('group_runnable_threads') ?? 0))
  );
}

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

function collectEvidence(group: GroupFeatures, demand: number) {
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
  if (demand >= 1.2 * cores && demand >= 0.2) {
    const text = `on average ${digits(demand)} of its threads run or wait for a CPU`;
    const [running, runnable] = (['group_running_threads', 'group_runnable_threads'] as const).map(
      (name) => group.promql(name),
    );
    lines.push({ text, promql: `${running} + ignoring (state) ${runnable}` });
  }
  const waiting = group.value('group_runnable_threads');
  if (waiting !== undefined && waiting >= 0.01) {
    const text = `on average ${digits(waiting)} of its threads wait for a free CPU`;
    lines.push(evidence(text, group, 'group_runnable_threads'));
  }
  return lines;
}

const PROFILE: Advice = {
  id: 'profile_hot_path',
  text: 'Profile it and remove the hot path: perf top -p <pid>, or perf record -g -p <pid> -- sleep 10',
  reason: 'a few functions usually hold most of the CPU time, and the fix costs no capacity',
  effect: 'less CPU time for the same work',
  effort: 'hours',
  confidence: 0.8,
};

/** The same for those whose functions perf alone does not name. */
const PROFILE_RUNTIME: readonly Advice[] = [
  {
    ...PROFILE,
    id: 'profile_node',
    text: 'Profile it: node --cpu-prof, or kill -USR1 <pid> and the CPU profiler in chrome://inspect; perf names functions with --perf-basic-prof',
    runtime: 'node',
  },
  {
    ...PROFILE,
    id: 'profile_jvm',
    text: 'Profile it: jcmd <pid> JFR.start duration=30s filename=/tmp/cpu.jfr, or async-profiler; look at garbage collection with jstat -gcutil <pid> 1000',
    runtime: 'jvm',
  },
  {
    ...PROFILE,
    id: 'profile_python',
    text: 'Profile it: py-spy top --pid <pid>, or py-spy record -o profile.svg --pid <pid>',
    runtime: 'python',
  },
  {
    ...PROFILE,
    id: 'find_costly_queries',
    text: 'Find the costly queries: pg_stat_statements ordered by total_exec_time, then EXPLAIN (ANALYZE, BUFFERS)',
    runtime: 'postgres',
  },
  {
    ...PROFILE,
    id: 'nginx_cpu',
    text: 'Look at compression levels (gzip_comp_level), TLS handshakes without session reuse, and regular expressions in locations',
    runtime: 'nginx',
  },
];

const HOST_SHORT: readonly Advice[] = [
  PROFILE,
  ...PROFILE_RUNTIME,
  {
    id: 'limit_cpu',
    text: 'Cap or deprioritise it: systemctl set-property <unit> CPUQuota=100% or CPUWeight=20, or renice 10 -p <pid>',
    reason: 'the other processes of this host wait for the CPU that it takes',
    effect: 'the others run at once, this one takes longer',
    effort: 'minutes',
    confidence: 0.75,
  },
  {
    id: 'add_cpu',
    text: 'Move it to another host, or give this one more CPUs',
    reason: 'if the work is needed and already efficient, the host is too small for it',
    effect: 'nobody waits for a CPU any more',
    effort: 'hours',
    confidence: 0.6,
    buys: { cores: 2 },
  },
];

const PINNED: readonly Advice[] = [
  PROFILE,
  ...PROFILE_RUNTIME,
  {
    id: 'parallelise',
    text: 'Spread the work of the pinned thread over more threads or processes',
    reason: 'one thread cannot use more than one CPU; the host has others idle',
    effect: 'throughput grows with every CPU that joins in',
    effort: 'days',
    confidence: 0.7,
  },
];
