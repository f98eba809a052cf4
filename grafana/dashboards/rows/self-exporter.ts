// What the exporters cost and deliver.
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { dress, graph } from '../panel.ts';
import { HOST, topLines } from '../query.ts';
import { zeroOrOne } from '../shared/trust.ts';

export const exporterRow = () => [cpu(), memory(), scrapeTime(), readings(), success(), dropped()];

function cpu() {
  return graph({
    title: 'Exporter: CPU',
    description:
      'CPUs that the exporters use, the ten dearest: 0.01 is one per cent of one CPU. It grows with the number of processes of a host.',
    unit: 'percentunit',
    queries: [
      {
        name: 'Cpu',
        legend: '{{instance}}',
        expr: topLines(`rate(guard_exporter_cpu_seconds_total{${HOST}}[$__rate_interval])`),
      },
    ],
    warnAt: 0.02,
    alarmAt: 0.05,
    width: 8,
  });
}

function memory() {
  return graph({
    title: 'Exporter: memory',
    description:
      'Resident memory of the exporters, the ten largest. It should be level: a line that only rises is a fault of ours.',
    unit: 'bytes',
    queries: [
      {
        name: 'Memory',
        legend: '{{instance}}',
        expr: topLines(`guard_exporter_resident_memory_bytes{${HOST}}`),
      },
    ],
    warnAt: 150 * 2 ** 20,
    alarmAt: 300 * 2 ** 20,
    width: 8,
  });
}

function scrapeTime() {
  return graph({
    title: 'Exporter: time per scrape',
    description:
      'How long Prometheus waited for the whole answer, the ten slowest hosts. Beyond the scrape time-out (5 s here, 10 s by default) a host has no numbers at all.',
    unit: 's',
    queries: [
      {
        name: 'Scrape',
        legend: '{{instance}}',
        expr: topLines(`scrape_duration_seconds{${HOST}}`),
      },
    ],
    warnAt: 1,
    alarmAt: 4,
    width: 8,
  });
}

function readings() {
  return graph({
    title: 'Exporter: time per collector',
    description:
      'How long each collector takes to read its source at a scrape, on the slowest of the chosen hosts. The dearest can be switched off in exporter.yml.',
    unit: 's',
    queries: [
      {
        name: 'Duration',
        legend: '{{collector}}',
        expr: `max by (collector) (guard_collector_duration_seconds{${HOST}})`,
      },
    ],
    warnAt: 0.5,
    alarmAt: 2,
    width: 8,
  });
}

function success() {
  return dress(new TimelineBuilder(), {
    title: 'Exporter: collectors',
    description:
      'A lane per collector: whether it delivered, on the worst of the chosen hosts. Why one fails or has nothing to read stands in "What could not be read or judged, and why".',
    unit: 'short',
    queries: [
      {
        name: 'Success',
        legend: '{{collector}}',
        expr: `min by (collector) (guard_collector_success{${HOST}})`,
      },
    ],
    width: 8,
  }).mappings(zeroOrOne('fails', 'delivers'));
}

function dropped() {
  return graph({
    title: 'Exporter: what its bounds left out',
    description:
      'Process groups, cgroups and ports beyond the configured bounds (their numbers are in a common group or missing), and processes that may not be read. Zero is complete.',
    unit: 'short',
    queries: [
      {
        name: 'Groups',
        legend: 'process groups on {{instance}}',
        expr: `guard_process_groups_dropped{${HOST}}`,
      },
      {
        name: 'Cgroups',
        legend: 'cgroups on {{instance}}',
        expr: `guard_cgroups_dropped{${HOST}}`,
        emptyWhen: 'the cgroup collector has nothing to read',
      },
      {
        name: 'Unreadable',
        legend: 'unreadable {{file}} of processes on {{instance}}',
        expr: `guard_process_unreadable{${HOST}}`,
      },
    ],
    width: 8,
  });
}
