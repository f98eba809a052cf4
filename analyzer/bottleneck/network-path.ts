// network_path: the way to a ping target, or to the peers of a group, loses packets or got slow, without being full.
import type { SubjectFeatures } from '../features/table.ts';
import type { Evidence } from '../series/finding.ts';
import type { Advice } from './advice.ts';
import { digits, formatPercent, formatSpan } from './format.ts';
import { linkFullness, queueFullness } from './network-saturation.ts';
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

const KIND = { kind: 'network_path', alertname: 'GuardNetworkPath' } as const;
/** A path that got slower matters from here on (Coroot: 10 ms within a cluster). */
const SLOWER_FROM_SECONDS = 0.01;
/** Every round trip of others over the same path is lost or late as well. */
const VICTIMS = {
  feature: 'group_tcp_resent_segments_per_second',
  atLeast: 0.5,
  say: (segments: number) => `sends ${digits(segments)} TCP segments a second again`,
} as const;
/** So few segments sent again may be the tail of one lost burst. */
const LEAST_RESENT_PER_SECOND = 1;
/** Requests to connect that this host itself dropped, as a share of what a group sent again, that explain it. */
const LISTEN_DROPS_EXPLAIN_RATIO = 0.5;
const DOWN_RATIO = 0.9;

/** Judged by ping: loss, and round trips against the target's own quiet ones. */
export const networkPathOfTarget: BottleneckRule = {
  ...KIND,
  judges: 'target',
  needs: ['target_ping_loss_ratio'],
  victims: VICTIMS,
  judge(target, { thresholds }: JudgeContext): Judgement | undefined {
    // Without a ping that works its silence says nothing of the path.
    if (target.value('host_ping_self_check') === 0) return undefined;
    const { loss_ratio, rtt_seconds, slowdown_ratio } = thresholds.network_path;
    const loss = target.value('target_ping_loss_ratio')!;
    const slow = slowness(
      target.value('target_ping_rtt_seconds'),
      target.value('target_ping_rtt_seconds_baseline'),
      { absolute: rtt_seconds, ratio: slowdown_ratio, from: SLOWER_FROM_SECONDS },
    );
    const score = Math.max(degree(loss, loss_ratio, 4 * loss_ratio), slow);
    if (score < 0.5) return belowFinding(score);
    if (linkFullness(target, thresholds.network_saturation) >= 0.5)
      return belowFinding(EXPLAINED_SCORE);
    return {
      score,
      confidence: 0.9,
      severity: loss >= DOWN_RATIO ? 'critical' : 'warning',
      evidence: describeTarget(target),
      suggestions: ADVICE,
    };
  },
};

/** Judged by TCP itself: segments that had to be sent again although nothing is full. */
export const networkPathOfGroup: BottleneckRule = {
  ...KIND,
  needs: ['group_tcp_resent_ratio', 'group_tcp_resent_segments_per_second'],
  judge(group, { thresholds }: JudgeContext): Judgement | undefined {
    const { resent_ratio } = thresholds.network_path;
    const resent = group.value('group_tcp_resent_segments_per_second')!;
    const score = Math.min(
      degree(group.value('group_tcp_resent_ratio')!, resent_ratio, 5 * resent_ratio),
      degree(resent, LEAST_RESENT_PER_SECOND, 5 * LEAST_RESENT_PER_SECOND),
    );
    if (score < 0.5) return belowFinding(score);
    const limits = thresholds.network_saturation;
    if (Math.max(linkFullness(group, limits), queueFullness(group, limits)) >= 0.5)
      return belowFinding(EXPLAINED_SCORE);
    // A server of this host that does not accept lets its callers' requests to connect fall: they are sent again, nothing is lost.
    const drops = group.value('host_tcp_listen_drops_per_second') ?? 0;
    if (drops >= LISTEN_DROPS_EXPLAIN_RATIO * resent) return belowFinding(EXPLAINED_SCORE);
    return {
      score,
      confidence: 0.7,
      severity: 'warning',
      evidence: describeGroup(group),
      suggestions: ADVICE,
    };
  },
};

function describeTarget(target: SubjectFeatures): Evidence[] {
  const name = groupName(target.subject);
  return describe(target, [
    [
      'target_ping_loss_ratio',
      (ratio) => `${formatPercent(ratio)} of the ping requests to ${name} get no answer`,
    ],
    ['target_ping_rtt_seconds', (seconds) => `the round trip takes ${formatSpan(seconds)}`],
    [
      'target_ping_rtt_seconds_baseline',
      (seconds) => `the quickest tenth of the last hour took ${formatSpan(seconds)}`,
    ],
    [
      'host_network_used_ratio',
      (ratio) => `the busiest link of the host is ${formatPercent(ratio)} in use`,
    ],
    [
      'host_network_drops_per_second',
      (drops) =>
        drops > 0 ? `${digits(drops)} packets a second are dropped or faulty here` : undefined,
    ],
  ]);
}

function describeGroup(group: SubjectFeatures): Evidence[] {
  const name = groupName(group.subject);
  return describe(group, [
    [
      'group_tcp_resent_ratio',
      (ratio) => `${name} has to send ${formatPercent(ratio)} of its data again`,
    ],
    [
      'group_tcp_resent_segments_per_second',
      (segments) => `that is ${digits(segments)} TCP segments a second`,
    ],
    [
      'group_tcp_rtt_seconds',
      (seconds) => `the round trip of its connections takes ${formatSpan(seconds)}`,
    ],
    [
      'host_network_used_ratio',
      (ratio) => `the busiest link of the host is ${formatPercent(ratio)} in use`,
    ],
  ]);
}

const ADVICE: readonly Advice[] = [
  {
    id: 'find_hop',
    text: 'Find the hop: mtr -rwc 50 <target> (or tracepath -n <target>) in both directions',
    reason: 'loss that begins at a hop and stays to the end is made there',
    effect: 'you know whose link it is',
    effort: 'minutes',
    confidence: 0.8,
  },
  {
    id: 'check_device',
    text: 'Check the own link: ip -s link show <device>, ethtool -S <device>, ethtool <device> (speed, duplex), tc -s qdisc',
    reason:
      'a bad cable, a wrong duplex or a forgotten traffic shaper loses packets on the first metre',
    effect: 'errors and drops stop growing',
    effort: 'minutes',
    confidence: 0.65,
  },
  {
    id: 'other_route',
    text: 'Use another route or replica, and report the path to the provider with the output of mtr',
    reason: 'beyond the own network nothing else helps',
    effect: 'round trips as before',
    effort: 'hours',
    confidence: 0.55,
  },
  {
    id: 'tolerate_loss',
    text: 'Keep connections open, fetch in parallel, set time-outs from the measured round trip; sysctl net.ipv4.tcp_congestion_control=bbr where loss is no sign of a full link',
    reason: 'new connections and classic congestion control suffer most from loss',
    effect: 'requests take fewer round trips',
    effort: 'hours',
    confidence: 0.5,
  },
];
