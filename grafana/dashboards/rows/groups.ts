// Row 3: which process group uses what, and what its threads wait for.
import { StackingConfigBuilder, StackingMode } from '@grafana/grafana-foundation-sdk/common';
import { graph } from '../panel.ts';
import { GROUP, topGroups } from '../query.ts';

const GROUP_LEGEND = '{{group}} on {{instance}}';
const THREADS = 'group:guard_process_thread_seconds:rate30s';

export const groupsRow = () => [cpu(), threadTime(), runnable(), memory(), diskBytes()];

function cpu() {
  return graph({
    title: 'CPU by process group',
    description:
      'CPUs kept busy, user and system time together: 1 is one CPU all the time. The ten groups that were highest in the shown range.',
    unit: 'short',
    queries: [
      { name: 'Cores', legend: GROUP_LEGEND, expr: topGroups('group:guard_process_cpu:rate30s') },
    ],
    width: 12,
  }).axisLabel('CPUs');
}

function threadTime() {
  return graph({
    title: 'What the threads do when they are not idle',
    description:
      'Thread time of the chosen groups by state: 1 is one thread in that state all the time. Running is progress; runnable waits for a CPU, disk for storage, paging for memory, lock for another thread. Sleeping is left out, because idle threads outnumber all others.',
    unit: 'short',
    queries: [
      {
        name: 'Threads',
        legend: '{{state}}',
        expr: `sum by (state) (${THREADS}{state!="sleeping",${GROUP}})`,
      },
    ],
    width: 12,
  })
    .axisLabel('threads')
    .fillOpacity(60)
    .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('threads'));
}

function runnable() {
  const waiting = `${THREADS}{state="runnable",${GROUP}}`;
  return graph({
    title: 'Waiting for a CPU by process group',
    description:
      'Threads that could run and have to queue for a CPU. A steady value near or above the number of CPUs means that the host, or a CPU limit, is too small.',
    unit: 'short',
    queries: [
      {
        name: 'Queue',
        legend: GROUP_LEGEND,
        expr: `${waiting} and topk(10, max_over_time(${waiting}[$__range] @ end()))`,
      },
    ],
    width: 8,
  }).axisLabel('threads');
}

function memory() {
  return graph({
    title: 'Memory by process group',
    description:
      'Anonymous memory: what the processes allocated themselves, without files that the kernel can drop. A line that only rises is what a leak looks like.',
    unit: 'bytes',
    queries: [
      {
        name: 'Bytes',
        legend: GROUP_LEGEND,
        expr: topGroups('group:guard_process_anonymous_memory_bytes:avg1m'),
      },
    ],
    width: 8,
  });
}

function diskBytes() {
  return graph({
    title: 'Disk traffic by process group',
    description:
      'Bytes read from and written to storage per second, together. Files served from memory do not count.',
    unit: 'Bps',
    emptyWhen: 'the exporter may not read /proc/PID/io (it needs root or CAP_SYS_PTRACE)',
    queries: [
      {
        name: 'Traffic',
        legend: GROUP_LEGEND,
        expr: topGroups(
          'group:guard_process_read_bytes:rate30s',
          'group:guard_process_written_bytes:rate30s',
        ),
      },
    ],
    width: 8,
  });
}
