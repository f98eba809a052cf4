// dependency_slow: something outside that is probed fails, or takes much longer than it did.
import type { SubjectFeatures } from '../features/table.ts';
import type { Advice } from './advice.ts';
import { formatPercent, formatSpan } from './format.ts';
import {
  type BottleneckRule,
  belowFinding,
  degree,
  describe,
  EXPLAINED_SCORE,
  groupName,
  type JudgeContext,
  type Judgement,
} from './rule.ts';
import { slowness } from './slowness.ts';

/** A probe that got slower matters from here on. */
const SLOWER_FROM_SECONDS = 0.05;
/** On a host without a free CPU the probe itself is late: slower than usual says nothing, too slow by any measure does. */
const HOST_FULL_RATIO = 0.95;

export const dependencySlow: BottleneckRule = {
  kind: 'dependency_slow',
  alertname: 'GuardDependencySlow',
  judges: 'probe',
  needs: ['probe_duration_seconds', 'probe_failure_ratio'],
  judge(probe, { thresholds: { dependency_slow: limits } }: JudgeContext): Judgement {
    const failures = probe.value('probe_failure_ratio')!;
    const fails = degree(failures, limits.failure_ratio, 5 * limits.failure_ratio);
    const slow = slowness(
      probe.value('probe_duration_seconds'),
      probe.value('probe_duration_seconds_baseline'),
      {
        absolute: limits.duration_seconds,
        ratio: limits.slowdown_ratio,
        from: SLOWER_FROM_SECONDS,
      },
    );
    const score = Math.max(fails, slow);
    if (score < 0.5) return belowFinding(score);
    const hostFull = (probe.value('host_cpu_used_ratio') ?? 0) >= HOST_FULL_RATIO;
    const isLong = probe.value('probe_duration_seconds')! >= limits.duration_seconds;
    if (hostFull && fails < 0.5 && !isLong) return belowFinding(EXPLAINED_SCORE);
    return {
      score,
      confidence: hostFull && fails < 0.5 ? 0.5 : 0.9,
      severity: fails >= 1 ? 'critical' : 'warning',
      evidence: collectEvidence(probe),
      suggestions: ADVICE,
    };
  },
};

function collectEvidence(probe: SubjectFeatures) {
  const name = groupName(probe.subject);
  const { phase } = probe.detail('probe_slowest_phase_seconds');
  return describe(probe, [
    ['probe_duration_seconds', (seconds) => `${name} takes ${formatSpan(seconds)} to answer`],
    [
      'probe_duration_seconds_baseline',
      (seconds) => `the quickest tenth of the last hour took ${formatSpan(seconds)}`,
    ],
    [
      'probe_failure_ratio',
      (ratio) => `${formatPercent(ratio)} of the runs of the last minutes failed`,
    ],
    [
      'probe_slowest_phase_seconds',
      (seconds) => `most of it is spent in phase ${phase ?? '?'}: ${formatSpan(seconds)}`,
    ],
    ['host_cpu_used_ratio', (ratio) => `the CPUs of this host are ${formatPercent(ratio)} busy`],
  ]);
}

const ADVICE: readonly Advice[] = [
  {
    id: 'look_at_dependency',
    text: 'Look at the dependency itself: its own findings where it is measured, its status page where it is not; curl -o /dev/null -s -w "%{time_namelookup} %{time_connect} %{time_appconnect} %{time_starttransfer} %{time_total}\\n" <url>',
    reason:
      'the phase that takes the time tells who: dns the resolver, connect the network, tls or first_byte the server',
    effect: 'you know whom to call',
    effort: 'minutes',
    confidence: 0.8,
  },
  {
    id: 'bound_calls',
    text: 'Bound the calls: a time-out near the usual 99th percentile, few retries with back-off, a circuit breaker, a cached answer',
    reason: 'callers that wait without a bound pass the slowness on to their own callers',
    effect: 'your own service stays fast while the dependency is slow',
    effort: 'days',
    confidence: 0.75,
  },
  {
    id: 'reuse_connections',
    text: 'Reuse connections (keep-alive, HTTP/2), and cache names',
    reason: 'dns, connect and tls cost several round trips for each new connection',
    effect: 'those phases disappear from most calls',
    effort: 'hours',
    confidence: 0.55,
  },
  {
    id: 'fail_over',
    text: 'Fail over to a replica or another region',
    reason: 'nothing on this host can make the dependency faster',
    effect: 'calls are answered as before',
    effort: 'hours',
    confidence: 0.5,
  },
];
