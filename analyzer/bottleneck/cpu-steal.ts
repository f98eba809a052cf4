// cpu_steal: the hypervisor gives this host's CPU time to other machines. Nobody on the host is to blame.
import type { Advice } from './advice.ts';
import { digits, formatCount, formatPercent } from './format.ts';
import {
  type BottleneckRule,
  belowFinding,
  degree,
  describe,
  type JudgeContext,
  type Judgement,
} from './rule.ts';

const CRITICAL_RATIO = 0.3;

export const cpuSteal: BottleneckRule = {
  kind: 'cpu_steal',
  alertname: 'GuardCpuSteal',
  judges: 'host',
  needs: ['host_cpu_steal_ratio'],
  victims: {
    feature: 'group_runnable_threads',
    atLeast: 0.05,
    say: (threads) => `has ${formatCount(threads, 'thread')} waiting for a CPU on average`,
  },
  judge(host, { thresholds: { cpu_steal: limits } }: JudgeContext): Judgement {
    const steal = host.value('host_cpu_steal_ratio')!;
    const score = degree(steal, limits.steal_ratio, 3 * limits.steal_ratio);
    if (score < 0.5) return belowFinding(score);
    return {
      score,
      confidence: 0.9,
      severity: steal >= CRITICAL_RATIO ? 'critical' : 'warning',
      evidence: describe(host, [
        [
          'host_cpu_steal_ratio',
          (ratio) => `the hypervisor withheld ${formatPercent(ratio)} of the CPU time`,
        ],
        [
          'host_cpu_used_ratio',
          (ratio) => `the CPUs are ${formatPercent(ratio)} busy, withheld time included`,
        ],
        [
          'host_cpu_waiting_ratio',
          (ratio) => `some task waits for a CPU ${formatPercent(ratio)} of the time`,
        ],
        ['host_cpu_count', (count) => `the host has ${digits(count)} CPUs`],
      ]),
      suggestions: ADVICE,
    };
  },
};

const ADVICE: readonly Advice[] = [
  {
    id: 'move_machine',
    text: 'Move the machine: stop and start it (a reboot stays on the same hardware), or ask the provider',
    reason: 'the neighbours on this hypervisor take the time; another one may be quieter',
    effect: 'the withheld time disappears',
    effort: 'minutes',
    confidence: 0.7,
  },
  {
    id: 'dedicated_cpus',
    text: 'Take a machine type with dedicated CPUs, or one whose CPU credits do not run out',
    reason: 'burstable machine types are held back by design when their credits are used up',
    effect: 'the CPU time is there whenever it is asked for',
    effort: 'hours',
    confidence: 0.8,
    buys: { cores: 2 },
  },
  {
    id: 'reduce_overcommit',
    text: 'On a hypervisor of your own: move guests away, or pin their CPUs (virsh vcpupin)',
    reason: 'more virtual CPUs want to run than there are real ones',
    effect: 'all guests of the hypervisor wait less',
    effort: 'hours',
    confidence: 0.6,
  },
];
