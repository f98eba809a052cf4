// network_saturation: the link, or a queue on the way, is full, and this group sends or receives most of it.
import type { SubjectFeatures } from '../features/table.ts';
import type { Advice } from './advice.ts';
import { digits, formatBytes, formatPercent, formatSpan } from './format.ts';
import {
  type BottleneckRule,
  belowFinding,
  degree,
  describe,
  groupName,
  type JudgeContext,
  type Judgement,
} from './rule.ts';
import type { Thresholds } from './thresholds.ts';

type Limits = Thresholds['network_saturation'];

/** Less than this a second fills no link and no queue that matters. */
const LEAST_BYTES_PER_SECOND = 50_000;

export const networkSaturation: BottleneckRule = {
  kind: 'network_saturation',
  alertname: 'GuardNetworkSaturation',
  needs: ['group_network_bytes_per_second'],
  victims: {
    feature: 'group_tcp_resent_segments_per_second',
    atLeast: 0.5,
    say: (segments) => `sends ${digits(segments)} TCP segments a second again`,
  },
  judge(
    group,
    { thresholds: { network_saturation: limits } }: JudgeContext,
  ): Judgement | undefined {
    const bytes = group.value('group_network_bytes_per_second')!;
    if (bytes < LEAST_BYTES_PER_SECOND) return undefined;
    const link = linkFullness(group, limits);
    const score = Math.min(
      Math.max(link, queueFullness(group, limits)),
      degree(shareOf(group), limits.group_share_ratio, 2 * limits.group_share_ratio),
    );
    if (score < 0.5) return belowFinding(score);
    return {
      score,
      confidence: link >= 0.5 ? 0.9 : 0.7,
      severity: 'warning',
      evidence: collectEvidence(group),
      suggestions: ADVICE,
    };
  },
};

/**
 * Whether what the group writes piles up in a queue that makes its own packets late: the round trip is well above the
 * group's quiet one while bytes wait. A distant or slow peer has the first without the second, a bulk sender the second
 * without the first. Link speeds of virtual devices are fiction: there this is the only sign.
 */
export function queueFullness(group: SubjectFeatures, limits: Limits): number {
  const queue = group.value('group_tcp_send_queue_bytes') ?? 0;
  const { send_queue_bytes: much, queueing_seconds: late } = limits;
  return Math.min(degree(queue, much, 4 * much), degree(latenessOf(group), late, 4 * late));
}

/** Seconds above the quickest round trip: of its connections themselves, or of the group's last hour where it has one. */
function latenessOf(group: SubjectFeatures): number {
  const rtt = group.value('group_tcp_rtt_seconds') ?? Number.NaN;
  const quiet = group.value('group_tcp_rtt_seconds_baseline') ?? Number.NaN;
  const above = Number.isNaN(rtt - quiet) ? 0 : rtt - quiet;
  return Math.max(above, group.value('group_tcp_queueing_seconds') ?? 0);
}

export function linkFullness(subject: SubjectFeatures, limits: Limits): number {
  return degree(subject.value('host_network_used_ratio') ?? 0, limits.link_used_ratio, 1);
}

/** The group's part of what all groups of the host send and receive. */
function shareOf(group: SubjectFeatures): number {
  const all = group.host.groups.reduce(
    (sum, one) => sum + (one.value('group_network_bytes_per_second') ?? 0),
    0,
  );
  return all <= 0 ? 0 : group.value('group_network_bytes_per_second')! / all;
}

function collectEvidence(group: SubjectFeatures) {
  const name = groupName(group.subject);
  const { device } = group.detail('host_network_used_ratio');
  const positive = (say: (value: number) => string) => (value: number) =>
    value > 0 ? say(value) : undefined;
  return describe(group, [
    [
      'group_network_bytes_per_second',
      (bytes) =>
        `${name} sends and receives ${formatBytes(bytes)}/s, ${formatPercent(shareOf(group))} of what all groups do`,
    ],
    [
      'host_network_used_ratio',
      (ratio) => `${device ?? 'the link'} is ${formatPercent(ratio)} in use`,
    ],
    [
      'group_tcp_send_queue_bytes',
      positive((bytes) => `${formatBytes(bytes)} that it has written are not acknowledged yet`),
    ],
    [
      'group_tcp_rtt_seconds',
      (seconds) => `the round trip of its connections takes ${formatSpan(seconds)}`,
    ],
    [
      'group_tcp_queueing_seconds',
      positive((seconds) => `${formatSpan(seconds)} more than the quickest of its connections`),
    ],
    [
      'group_tcp_rtt_seconds_baseline',
      (seconds) => `when it is quiet it takes ${formatSpan(seconds)}`,
    ],
    [
      'host_network_drops_per_second',
      positive((drops) => `${digits(drops)} packets a second are dropped or faulty`),
    ],
  ]);
}

const ADVICE: readonly Advice[] = [
  {
    id: 'shape_traffic',
    text: 'Shape it: tc qdisc replace dev <device> root fq_codel (or cake bandwidth …), a rate limit in the program, or IPEgressPriority classes',
    reason: 'a long queue makes everybody late; fair queueing keeps short transfers short',
    effect: 'round trips fall to the quiet level at nearly the same throughput',
    effort: 'minutes',
    confidence: 0.75,
  },
  {
    id: 'send_less',
    text: 'Send less: compression, caching, deltas instead of full copies, fewer and larger requests',
    reason: 'the cheapest byte is the one that is not sent',
    effect: 'the link has room for the others',
    effort: 'days',
    confidence: 0.65,
  },
  {
    id: 'move_transfer',
    text: 'Move backups and bulk copies to a quiet hour or to another link',
    reason: 'bulk transfers take whatever the link has',
    effect: 'interactive traffic no longer waits behind them',
    effort: 'hours',
    confidence: 0.65,
  },
  {
    id: 'faster_link',
    text: 'Take a faster link or a machine type with more bandwidth',
    reason: 'if all of the traffic is needed, the link is too small',
    effect: 'utilisation falls in proportion',
    effort: 'days',
    confidence: 0.5,
  },
  {
    id: 'nginx_compression',
    text: 'Turn on gzip (or brotli) for text, proxy_cache for what repeats, and limit_rate for large downloads',
    reason: 'text shrinks to a quarter, and cached answers need no upstream traffic',
    effect: 'a fraction of the bytes',
    effort: 'minutes',
    confidence: 0.65,
    runtime: 'nginx',
  },
  {
    id: 'postgres_traffic',
    text: 'Select fewer columns and rows, page through results, and compress replication (wal_compression)',
    reason: 'whole tables over the wire are what fills the link of a database',
    effect: 'fewer bytes per query',
    effort: 'hours',
    confidence: 0.6,
    runtime: 'postgres',
  },
];
