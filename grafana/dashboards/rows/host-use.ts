// What one host does with its CPUs and its memory, against what is usual for it.
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { color, graph, property, stacked } from '../panel.ts';
import { HOST } from '../query.ts';
import { anomalyScores, usualBand, usualStyle } from '../shared/anomalies.ts';
import { pressure } from '../shared/capacity.ts';

/** Series about the host itself, not about a process group on it. */
const HOST_ITSELF = `${HOST},group=""`;

export const cpuRow = () => [cpuUsed(), cpuModes(), runQueue(), pressure(8), switches()];
export const memoryRow = () => [memoryUsed(), memoryParts(), swapping(), anomalies()];

function cpuUsed() {
  const band = usualBand({ signal: 'host_cpu', which: HOST_ITSELF });
  return usualStyle(
    graph({
      title: 'CPU in use, and what is usual',
      description:
        'Share of all CPU time in use, of the highest of the chosen hosts; waiting for a disk does not count as use. The grey area is what is usual at this time, once an anomaly detector watches it. From the dashed line on, latency usually grows.',
      unit: 'percentunit',
      queries: [
        {
          name: 'Used',
          legend: 'in use',
          expr: `max(instance:guard_cpu_used:ratio_rate30s{${HOST}})`,
        },
        ...band,
      ],
      alarmAt: 0.8,
      width: 12,
    }).max(1),
  ).overrideByName('in use', [property('custom.lineWidth', 2), color('blue')]);
}

function cpuModes() {
  return stacked({
    title: 'CPU by what it did',
    description:
      'CPUs by mode, idle left out: user is programs, system the kernel on their behalf, nice work of low priority, iowait idle while a disk is awaited, irq and softirq devices, steal what the hypervisor gave to somebody else.',
    unit: 'short',
    queries: [
      {
        name: 'Modes',
        legend: '{{mode}}',
        expr: `sum by (mode) (rate(guard_cpu_seconds_total{mode!="idle",${HOST}}[$__rate_interval]))`,
      },
    ],
    width: 12,
  }).axisLabel('CPUs');
}

function runQueue() {
  return graph({
    title: 'Tasks that run, wait or are blocked',
    description:
      'Tasks that run or wait for a CPU, and tasks blocked on a disk, against the number of CPUs. Load is the mean of both over five minutes, as the kernel counts it.',
    unit: 'short',
    queries: [
      { name: 'Running', legend: 'run or wait', expr: `max(guard_procs_running{${HOST}})` },
      { name: 'Blocked', legend: 'blocked on a disk', expr: `max(guard_procs_blocked{${HOST}})` },
      { name: 'Load', legend: 'load, 5 minutes', expr: `max(guard_load5{${HOST}})` },
      { name: 'Cpus', legend: 'CPUs', expr: `max(instance:guard_cpu_count:sum{${HOST}})` },
    ],
    width: 8,
  })
    .axisLabel('tasks')
    .overrideByName('CPUs', dashedLine('red'));
}

function switches() {
  return graph({
    title: 'Context switches and new processes',
    description:
      'How often per second the CPUs went from one task to another, and how many processes were started. A jump of either without more work done is overhead: a lock, a busy loop of short programs, too many threads.',
    unit: 'cps',
    queries: [
      {
        name: 'Switches',
        legend: 'switches on {{instance}}',
        expr: `rate(guard_context_switches_total{${HOST}}[$__rate_interval])`,
      },
      {
        name: 'Forks',
        legend: 'new processes on {{instance}}',
        expr: `rate(guard_forks_total{${HOST}}[$__rate_interval])`,
      },
    ],
    width: 8,
  }).overrideByQuery('Forks', [property('custom.axisPlacement', 'right')]);
}

function memoryUsed() {
  const band = usualBand({ signal: 'host_memory', which: HOST_ITSELF });
  return usualStyle(
    graph({
      title: 'Memory in use, and what is usual',
      description:
        'Share of memory that is not available to a new process, of the highest of the chosen hosts. The grey area is what is usual at this time, once an anomaly detector watches it. From the dashed line on the kernel soon takes pages away from somebody.',
      unit: 'percentunit',
      queries: [
        {
          name: 'Used',
          legend: 'in use',
          expr: `max(instance:guard_memory_used:ratio{${HOST}})`,
        },
        ...band,
      ],
      alarmAt: 0.8,
      width: 12,
    }).max(1),
  ).overrideByName('in use', [property('custom.lineWidth', 2), color('blue')]);
}

function memoryParts() {
  const parts = {
    anonymous: 'of programs',
    cached: 'file cache',
    buffers: 'buffers',
    free: 'free',
  };
  return stacked({
    title: 'What memory is used for',
    description:
      'Memory of programs cannot be dropped, only swapped; the file cache is given back when it is needed, at the price of slower reads. Shared memory is counted with the cache by the kernel.',
    unit: 'bytes',
    queries: Object.entries(parts).map(([name, legend]) => ({
      name,
      legend,
      expr: `sum(guard_memory_${name}_bytes{${HOST}})`,
    })),
    width: 12,
  });
}

function swapping() {
  const rate = (metric: string) => `sum(rate(guard_${metric}{${HOST}}[$__rate_interval]))`;
  return graph({
    title: 'Swapping and page faults that read',
    description:
      'Bytes swapped in and out per second, and major page faults, each of which waits for a disk. A steady rate means that programs need more memory than there is.',
    unit: 'Bps',
    queries: [
      { name: 'In', legend: 'swapped in', expr: rate('swap_in_bytes_total') },
      { name: 'Out', legend: 'swapped out', expr: rate('swap_out_bytes_total') },
      { name: 'Faults', legend: 'major page faults', expr: rate('major_page_faults_total') },
      { name: 'Kills', legend: 'killed for want of memory', expr: rate('oom_kills_total') },
    ],
    width: 12,
  }).overrideByRegexp('major page faults|killed.*', [
    property('unit', 'cps'),
    property('custom.axisPlacement', 'right'),
  ]);
}

const anomalies = () => anomalyScores({ width: 12, which: HOST_ITSELF });

function dashedLine(name: string): DynamicConfigValue[] {
  return [
    property('custom.lineStyle', { fill: 'dash', dash: [8, 6] }),
    property('custom.fillOpacity', 0),
    color(name),
  ];
}
