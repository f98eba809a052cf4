// What one process group uses, resource by resource.
import { clicks, LINE_HOST } from '../links.ts';
import { graph, property, stacked, table } from '../panel.ts';
import { GROUP, topLines } from '../query.ts';
import { usualBand, usualStyle } from '../shared/anomalies.ts';

const ON_HOST = 'on {{instance}}';
const NOT_ALLOWED = 'the exporter may not read it for these processes (root or CAP_SYS_PTRACE)';
const NO_SOCKETS = 'the chosen groups have no TCP connection that the exporter may see';

export const groupCpuRow = () => [cpu(), cpuModes(), busiest(), contextSwitches(), largest()];
export const groupMemoryRow = () => [memory(), memoryKinds(), growth()];
export const groupIoRow = () => [disk(), faults(), descriptors(), network(), tcp(), programs()];

const rate = (metric: string) => `rate(guard_process_${metric}{${GROUP}}[$__rate_interval])`;
const sumByHost = (expr: string) => `sum by (instance) (${expr})`;

function cpu() {
  return usualStyle(
    graph({
      title: 'CPU in use, and what is usual',
      description:
        'CPUs that the chosen groups keep busy together, by host: 1 is one CPU all the time. The grey area is what is usual for the largest of them at this time, once an anomaly detector watches it.',
      unit: 'short',
      queries: [
        {
          name: 'Cores',
          legend: ON_HOST,
          expr: sumByHost(`group:guard_process_cpu:rate30s{${GROUP}}`),
        },
        ...usualBand({ signal: 'group_cpu', which: GROUP }),
      ],
      width: 12,
    }).axisLabel('CPUs'),
  ).overrideByQuery('Cores', [clicks({ title: 'Look at this host', to: 'host', set: LINE_HOST })]);
}

function cpuModes() {
  return stacked({
    title: 'CPU in programs and in the kernel',
    description:
      'CPUs by mode. Mostly system means that the time goes into system calls, page faults or copying, not into the program’s own code.',
    unit: 'short',
    queries: [
      { name: 'Modes', legend: '{{mode}}', expr: `sum by (mode) (${rate('cpu_seconds_total')})` },
    ],
    width: 12,
  }).axisLabel('CPUs');
}

function busiest() {
  return graph({
    title: 'The busiest single thread',
    description:
      'Share of one CPU that the hottest thread of a group uses. At 100 % the group cannot go faster on this machine, however many CPUs are idle: only less work per request or more threads help.',
    unit: 'percentunit',
    queries: [
      {
        name: 'Thread',
        legend: '{{group}} on {{instance}}',
        expr: topLines(`guard_process_busiest_thread_ratio{${GROUP}}`),
      },
    ],
    warnAt: 0.8,
    alarmAt: 0.95,
    width: 8,
  });
}

function contextSwitches() {
  return graph({
    title: 'Context switches',
    description:
      'Voluntary: the thread had to wait for something. Involuntary: its CPU was taken away, because others wanted it or a quota was used up.',
    unit: 'cps',
    queries: [
      {
        name: 'Switches',
        legend: '{{kind}}',
        expr: `sum by (kind) (group:guard_process_context_switches:rate1m{${GROUP}})`,
      },
    ],
    width: 8,
  });
}

function largest() {
  return table({
    title: 'Largest processes',
    description:
      'The single processes of the chosen groups that use most CPU or memory. Only the largest of a host are known one by one.',
    unit: 'short',
    emptyWhen: 'none of the chosen groups has a process among the largest of its host',
    queries: [
      { name: 'Cpu', expr: `guard_process_top_cpu_ratio{${GROUP}}` },
      { name: 'Memory', expr: `guard_process_top_resident_memory_bytes{${GROUP}}` },
    ],
    columns: {
      pid: 'PID',
      comm: 'Command',
      'Value #Cpu': 'CPUs',
      'Value #Memory': 'Memory',
      instance: 'Host',
    },
    sortBy: { heading: 'CPUs', descending: true },
    width: 8,
  })
    .overrideByName('CPUs', [property('decimals', 2)])
    .overrideByName('Memory', [property('unit', 'bytes')]);
}

function memory() {
  return usualStyle(
    graph({
      title: 'Memory of its own, and what is usual',
      description:
        'Anonymous memory of the chosen groups, by host: what they allocated themselves. A line that only rises is what a leak looks like. The grey area is what is usual for the largest of them, once an anomaly detector watches it.',
      unit: 'bytes',
      queries: [
        {
          name: 'Bytes',
          legend: ON_HOST,
          expr: sumByHost(`group:guard_process_anonymous_memory_bytes:avg1m{${GROUP}}`),
        },
        ...usualBand({ signal: 'group_memory', which: GROUP }),
      ],
      width: 8,
    }),
  );
}

function memoryKinds() {
  const kinds = { resident: 'in memory, files included', swap: 'swapped out', virtual: 'reserved' };
  return graph({
    title: 'Resident, swapped and reserved memory',
    description:
      'Resident memory counts pages of files and of shared libraries in every process that maps them. Reserved is what was asked for, used or not: it has its own axis and is no cause for alarm.',
    unit: 'bytes',
    queries: Object.entries(kinds).map(([name, legend]) => ({
      name,
      legend,
      expr: `sum(guard_process_${name}_memory_bytes{${GROUP}})`,
    })),
    width: 8,
  }).overrideByName('reserved', [property('custom.axisPlacement', 'right')]);
}

function growth() {
  return graph({
    title: 'Growth of memory',
    description:
      'Bytes per minute by which anonymous memory grew (below zero: shrank), fitted over five minutes. Many minutes above zero without more work are a leak.',
    unit: 'bytes',
    queries: [
      {
        name: 'Growth',
        legend: '{{group}} on {{instance}}',
        expr: topLines(`group:guard_process_anonymous_memory_bytes:growth_per_minute{${GROUP}}`),
      },
    ],
    belowZero: true,
    width: 8,
  }).axisLabel('per minute');
}

function disk() {
  return graph({
    title: 'Disk traffic',
    description:
      'Bytes per second read from storage (above the axis) and written to it (below). Files served from memory do not count.',
    unit: 'Bps',
    emptyWhen: NOT_ALLOWED,
    queries: [
      {
        name: 'Read',
        legend: 'read on {{instance}}',
        expr: sumByHost(`group:guard_process_read_bytes:rate30s{${GROUP}}`),
      },
      {
        name: 'Written',
        legend: 'written on {{instance}}',
        expr: sumByHost(`group:guard_process_written_bytes:rate30s{${GROUP}}`),
      },
    ],
    belowZero: true,
    width: 8,
  }).overrideByQuery('Written', [property('custom.transform', 'negative-Y')]);
}

function faults() {
  return graph({
    title: 'Page faults',
    description:
      'Major faults wait for a disk and cost milliseconds each; minor ones only map memory. Many major faults mean that the group does not fit into memory.',
    unit: 'cps',
    queries: [
      { name: 'Major', legend: 'major', expr: `sum(${rate('major_page_faults_total')})` },
      { name: 'Minor', legend: 'minor', expr: `sum(${rate('minor_page_faults_total')})` },
    ],
    width: 8,
  }).overrideByName('minor', [property('custom.axisPlacement', 'right')]);
}

function descriptors() {
  return graph({
    title: 'Open files against their limit',
    description:
      'Share of the allowed file descriptors that the fullest process of a group has open. At 100 % it can neither open a file nor take a connection.',
    unit: 'percentunit',
    emptyWhen: NOT_ALLOWED,
    queries: [
      {
        name: 'Used',
        legend: '{{group}} on {{instance}}',
        expr: topLines(`guard_process_fd_limit_used_ratio{${GROUP}}`),
      },
    ],
    warnAt: 0.8,
    alarmAt: 0.95,
    width: 8,
  });
}

function network() {
  const direction = (name: string) => sumByHost(rate(`network_${name}_bytes_total`));
  return graph({
    title: 'TCP traffic',
    description:
      'Bytes per second over TCP: received above the axis, transmitted below it. Other protocols cannot be told apart by process.',
    unit: 'Bps',
    emptyWhen: NO_SOCKETS,
    queries: [
      { name: 'In', legend: 'received on {{instance}}', expr: direction('received') },
      { name: 'Out', legend: 'transmitted on {{instance}}', expr: direction('transmitted') },
    ],
    belowZero: true,
    width: 8,
  }).overrideByQuery('Out', [property('custom.transform', 'negative-Y')]);
}

function tcp() {
  return graph({
    title: 'TCP: bytes that wait in queues',
    description:
      'Bytes that the group has not read yet (its own slowness) and bytes that the other side has not taken yet (the network’s or the peer’s).',
    unit: 'bytes',
    emptyWhen: NO_SOCKETS,
    queries: [
      {
        name: 'Receive',
        legend: 'not read yet',
        expr: `sum(guard_process_tcp_receive_queue_bytes{${GROUP}})`,
      },
      {
        name: 'Send',
        legend: 'not taken yet',
        expr: `sum(guard_process_tcp_send_queue_bytes{${GROUP}})`,
      },
    ],
    width: 8,
  });
}

function programs() {
  return table({
    title: 'What it is',
    description:
      'Program, systemd unit, container and pod of the chosen groups, where their processes agree on one.',
    unit: 'short',
    queries: [{ name: 'Info', expr: `guard_process_info{${GROUP}}` }],
    columns: {
      group: 'Group',
      exe: 'Program',
      unit: 'Unit',
      container_name: 'Container',
      image: 'Image',
      pod: 'Pod',
      instance: 'Host',
    },
    sortBy: { heading: 'Group', descending: false },
    width: 8,
  });
}
