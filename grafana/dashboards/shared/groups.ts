// What process groups use and what their threads wait for: the ten highest of the chosen hosts and groups.
import { StackingMode } from '@grafana/grafana-foundation-sdk/common';
import { clicks, LINE_GROUP, LINE_HOST } from '../links.ts';
import { graph, property, stacked } from '../panel.ts';
import { GROUP, topGroups } from '../query.ts';

const GROUP_LEGEND = '{{group}} on {{instance}}';
export const THREADS = 'group:guard_process_thread_seconds:rate30s';

const drillDown = () => [
  clicks(
    { title: 'What this group does and waits for', to: 'group', set: LINE_GROUP },
    { title: 'Look at its host', to: 'host', set: LINE_HOST },
  ),
];

export function groupCpu(width: number) {
  return graph({
    title: 'CPU by process group',
    description:
      'CPUs kept busy, user and system time together: 1 is one CPU all the time. The ten groups that were highest in the shown range. Click a line to see its group.',
    unit: 'short',
    queries: [
      { name: 'Cores', legend: GROUP_LEGEND, expr: topGroups('group:guard_process_cpu:rate30s') },
    ],
    width,
  })
    .axisLabel('CPUs')
    .overrideByQuery('Cores', drillDown());
}

export function groupMemory(width: number) {
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
    width,
  }).overrideByQuery('Bytes', drillDown());
}

export function groupDisk(width: number) {
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
    width,
  }).overrideByQuery('Traffic', drillDown());
}

export function groupWaiting(width: number) {
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
    width,
  })
    .axisLabel('threads')
    .overrideByQuery('Queue', drillDown());
}

/** The thread-time budget as a stacked area. */
export function threadTime(width: number) {
  return stacked({
    title: 'What the threads do when they are not idle',
    description:
      'Thread time of the chosen groups by state: 1 is one thread in that state all the time. Running is progress; runnable waits for a CPU, disk for storage, paging for memory. Lock, on the right axis, waits for another thread: contention, but also every parked thread of a pool. Sleeping is left out, because idle threads outnumber all others.',
    unit: 'short',
    queries: [
      {
        name: 'Threads',
        legend: '{{state}}',
        expr: `sum by (state) (${THREADS}{state!="sleeping",${GROUP}})`,
      },
    ],
    width,
  })
    .axisLabel('threads')
    .overrideByName('lock', aside());
}

/** Not part of the stack: parked threads by the dozen would make everything else invisible. */
function aside() {
  return [
    property('custom.stacking', { mode: StackingMode.None, group: 'aside' }),
    property('custom.fillOpacity', 0),
    property('custom.axisPlacement', 'right'),
    property('custom.lineStyle', { fill: 'dash', dash: [8, 6] }),
  ];
}
