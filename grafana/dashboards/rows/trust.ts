// Row 6: whether this page can be believed: what is scraped, what it costs, and what could not be judged.
import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { dress, graph, table } from '../panel.ts';
import { HOST } from '../query.ts';

export const trustRow = () => [scrapes(), cycle(), cost(), memory(), readings(), unavailable()];

function scrapes() {
  return dress(new TimelineBuilder(), {
    title: 'Scrapes',
    description:
      'Whether Prometheus reaches all targets of each job. In a red stretch everything else on this page is old or missing.',
    unit: 'short',
    queries: [
      {
        name: 'Up',
        legend: '{{job}}',
        expr: 'min by (job) (up{job=~"$job|latency-guard-.*|prometheus|alertmanager"})',
      },
    ],
    width: 12,
    height: 7,
  }).mappings([
    {
      type: MappingType.ValueToText,
      options: {
        '0': { text: 'unreachable', color: 'red', index: 0 },
        '1': { text: 'up', color: 'green', index: 1 },
      },
    },
  ]);
}

function cycle() {
  return graph({
    title: 'Analyzer cycle',
    description:
      'How long the analyzer took to read, forecast and judge everything. It should stay well below the interval between cycles (5 s by default).',
    unit: 's',
    queries: [
      {
        name: 'Duration',
        legend: '{{instance}}',
        expr: 'guard_analyzer_cycle_duration_seconds',
      },
    ],
    warnAt: 2.5,
    alarmAt: 5,
    width: 12,
    height: 7,
  });
}

function cost() {
  return graph({
    title: 'What watching costs: CPU',
    description: 'CPUs that exporter and analyzer use: 0.01 is one per cent of one CPU.',
    unit: 'percentunit',
    queries: [
      {
        name: 'Exporter',
        legend: 'exporter on {{instance}}',
        expr: `rate(guard_exporter_cpu_seconds_total{${HOST}}[$__rate_interval])`,
      },
      {
        name: 'Analyzer',
        legend: 'analyzer on {{instance}}',
        expr: 'rate(guard_analyzer_cpu_seconds_total[$__rate_interval])',
      },
    ],
    width: 8,
    height: 7,
  });
}

function memory() {
  return graph({
    title: 'What watching costs: memory',
    description: 'Resident memory of exporter and analyzer.',
    unit: 'bytes',
    queries: [
      {
        name: 'Exporter',
        legend: 'exporter on {{instance}}',
        expr: `guard_exporter_resident_memory_bytes{${HOST}}`,
      },
      {
        name: 'Analyzer',
        legend: 'analyzer on {{instance}}',
        expr: 'guard_analyzer_resident_memory_bytes',
      },
    ],
    width: 8,
    height: 7,
  });
}

function readings() {
  return graph({
    title: 'Time per scrape and collector',
    description:
      'How long each collector of the exporter takes to read its source, on the slowest of the chosen hosts.',
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
    height: 7,
  });
}

function unavailable() {
  const collector = `label_replace(guard_collector_unavailable{${HOST}} > 0, "what", "collector: $1", "collector", "(.+)")`;
  return table({
    title: 'What could not be read or judged, and why',
    description:
      'An honest list of gaps: a collector without permission or source, a signal with too little history. Nothing on this page shows a zero in place of these.',
    unit: 'short',
    emptyWhen: 'no gap is known; "Scrapes" tells whether exporter and analyzer answer',
    queries: [
      {
        name: 'Gaps',
        expr: `max by (what, signal, reason) (guard_unavailable) or max by (what, instance, reason) (${collector})`,
      },
    ],
    columns: { what: 'What', signal: 'Signal', instance: 'Host', reason: 'Reason' },
    sortBy: { heading: 'What', descending: false },
    width: 24,
  });
}
