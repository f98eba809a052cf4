// io_bound: the group's threads stand in uninterruptible disk wait while storage is the short resource.
import type { GroupFeatures } from '../features/table.ts';
import type { Evidence } from '../series/finding.ts';
import type { Advice } from './advice.ts';
import { formatBytes, formatCount, formatPercent, formatSpan } from './format.ts';
import { faultsForMemory } from './memory-pressure.ts';
import {
  type BottleneckRule,
  belowFinding,
  degree,
  EXPLAINED_SCORE,
  evidence,
  groupName,
  isKernelGroup,
  type JudgeContext,
  type Judgement,
} from './rule.ts';

export const ioBound: BottleneckRule = {
  kind: 'io_bound',
  alertname: 'GuardIoBound',
  needs: ['group_disk_wait_threads'],
  victims: {
    feature: 'group_disk_wait_threads',
    atLeast: 0.05,
    say: (threads) => `has ${formatCount(threads, 'thread')} waiting for the disk on average`,
  },
  judge(group, { thresholds }: JudgeContext): Judgement | undefined {
    const limits = thresholds.io_bound;
    if (isKernelGroup(group)) return undefined;
    const busy = group.host.value('host_disk_busy_ratio');
    const waiting = group.host.value('host_io_waiting_ratio');
    if (busy === undefined && waiting === undefined) return undefined;
    const deviceBusy = degree(busy ?? 0, limits.disk_busy_ratio, 1);
    const pressure = degree(
      waiting ?? 0,
      limits.host_io_waiting_ratio,
      3 * limits.host_io_waiting_ratio,
    );
    const waits = degree(group.value('group_disk_wait_threads')!, limits.disk_wait_threads, 1);
    // A buffered writer hands its pages to the kernel's flushers: it is seen by its bytes, not by its waits.
    const writes = Math.min(degree(shareOfBytes(group), 0.5, 0.9), deviceBusy);
    const score = Math.max(Math.min(waits, Math.max(pressure, deviceBusy)), writes);
    if (score < 0.5) return belowFinding(score);
    // Pages that are read again and again for want of memory: more memory helps, a faster disk does not.
    if (faultsForMemory(group, thresholds.memory_pressure)) return belowFinding(EXPLAINED_SCORE);
    return {
      score,
      confidence: busy !== undefined && waiting !== undefined ? 0.9 : 0.6,
      severity: pressure >= 1 && score >= 0.9 ? 'critical' : 'warning',
      evidence: collectEvidence(group),
      suggestions: ADVICE,
    };
  },
};

/** The group's part of the bytes that the host's disks moved; 0 when either is unknown or nothing moved. */
function shareOfBytes(group: GroupFeatures): number {
  const total = group.host.value('host_disk_bytes_per_second') ?? 0;
  return total <= 0 ? 0 : Math.min(1, bytesPerSecond(group) / total);
}

function bytesPerSecond(group: GroupFeatures): number {
  const read = group.value('group_read_bytes_per_second') ?? 0;
  return read + (group.value('group_written_bytes_per_second') ?? 0);
}

function collectEvidence(group: GroupFeatures): Evidence[] {
  const { host } = group;
  const lines = [
    evidence(
      `on average ${formatCount(group.value('group_disk_wait_threads')!, 'thread')} of ${groupName(group.subject)} wait for the disk`,
      group,
      'group_disk_wait_threads',
    ),
  ];
  const waiting = host.value('host_io_waiting_ratio');
  if (waiting !== undefined) {
    const text = `some task of the host waits for I/O ${formatPercent(waiting)} of the time`;
    lines.push(evidence(text, group, 'host_io_waiting_ratio'));
  }
  const busy = host.value('host_disk_busy_ratio');
  if (busy !== undefined) {
    const device = host.detail('host_disk_busy_ratio').device ?? 'the busiest disk';
    lines.push(evidence(`${device} is ${formatPercent(busy)} busy`, group, 'host_disk_busy_ratio'));
  }
  const takes = host.value('host_disk_await_seconds');
  if (takes !== undefined) {
    const device = host.detail('host_disk_await_seconds').device ?? 'a disk';
    const text = `a request to ${device} takes ${formatSpan(takes)}`;
    lines.push(evidence(text, group, 'host_disk_await_seconds'));
  }
  const read = group.value('group_read_bytes_per_second');
  if (read)
    lines.push(evidence(`it reads ${formatBytes(read)}/s`, group, 'group_read_bytes_per_second'));
  const written = group.value('group_written_bytes_per_second');
  if (written) {
    const text = `it writes ${formatBytes(written)}/s`;
    lines.push(evidence(text, group, 'group_written_bytes_per_second'));
  }
  return lines;
}

const ADVICE: readonly Advice[] = [
  {
    id: 'batch_io',
    text: 'Find what it reads and writes (pidstat -d -p <pid> 1, strace -f -e trace=fsync,read,write -p <pid>) and batch small requests and fsyncs',
    reason: 'many small synchronous requests wait for the device one after the other',
    effect: 'fewer and larger requests: the same data in less time',
    effort: 'days',
    confidence: 0.7,
  },
  {
    id: 'cache_reads',
    text: 'Give it memory to cache its working set',
    reason: 'a read served from memory does not wait for the disk',
    effect: 'repeated reads no longer reach the disk',
    effort: 'hours',
    confidence: 0.6,
    buys: { gib: 4 },
  },
  {
    id: 'throttle_io',
    text: 'Lower its I/O priority: ionice -c 3 -p <pid>, or systemctl set-property <unit> IOWeight=20',
    reason: 'the other processes of this host share the same device',
    effect: 'the others wait less, this one takes longer',
    effort: 'minutes',
    confidence: 0.65,
  },
  {
    id: 'faster_storage',
    text: 'Move its data to another or a faster device',
    reason: 'if the requests are needed and large already, the device is too slow for them',
    effect: 'requests take as long as the new device needs',
    effort: 'days',
    confidence: 0.5,
  },
  {
    id: 'postgres_io',
    text: 'Read pg_stat_statements by shared_blks_read and temp_blks_written: add the missing index, raise work_mem or shared_buffers, spread checkpoints (max_wal_size)',
    reason: 'sequential scans, sorts on disk and checkpoints are what a database waits for most',
    effect: 'fewer blocks are read and written per query',
    effort: 'hours',
    confidence: 0.75,
    runtime: 'postgres',
  },
  {
    id: 'nginx_io',
    text: 'Buffer the access log (access_log … buffer=64k flush=5s), and serve files with sendfile and aio threads',
    reason: 'a worker that waits for a disk serves none of its other connections',
    effect: 'workers no longer stand in disk wait',
    effort: 'minutes',
    confidence: 0.7,
    runtime: 'nginx',
  },
  {
    id: 'node_fs',
    text: 'Replace the …Sync calls of node:fs, and raise UV_THREADPOOL_SIZE above 4 where many files are read at once',
    reason: 'a synchronous call stops the event loop; four threads do all the others',
    effect: 'requests are answered while files are read',
    effort: 'hours',
    confidence: 0.65,
    runtime: 'node',
  },
];
