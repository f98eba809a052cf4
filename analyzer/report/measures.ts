// What the report measures, and by which PromQL: features and signals of the presets first, so that every exporter counts.
import { type FeatureName, type FeatureSource, promqlOf } from '../features/feature.ts';
import type { PresetSources } from '../features/merge-presets.ts';
import type { MeasureReport } from './report-data.ts';

export interface Measure extends Pick<MeasureReport, 'id' | 'chapter' | 'title' | 'unit'> {
  /** The next is asked where the one before answers nothing. */
  readonly promql: readonly string[];
  /** What would be there if there were any. */
  readonly comesFrom: string;
}

type Head = Pick<Measure, 'chapter' | 'title' | 'unit'> & { readonly comesFrom?: string };

const EXPORTER = 'the exporter of Latency Guard, or node_exporter';

const FEATURES: readonly (readonly [FeatureName, Head])[] = [
  ['host_cpu_used_ratio', { chapter: 'CPU', title: 'CPU in use', unit: 'ratio' }],
  [
    'host_cpu_waiting_ratio',
    { chapter: 'CPU', title: 'Time in which something waits for a CPU', unit: 'ratio' },
  ],
  [
    'host_memory_waiting_ratio',
    { chapter: 'Memory', title: 'Time in which something waits for memory', unit: 'ratio' },
  ],
  ['host_disk_busy_ratio', { chapter: 'Disk I/O', title: 'Busiest disk', unit: 'ratio' }],
  [
    'host_disk_bytes_per_second',
    { chapter: 'Disk I/O', title: 'Read and written', unit: 'bytes_per_second' },
  ],
  ['host_disk_await_seconds', { chapter: 'Disk I/O', title: 'Time of a request', unit: 'seconds' }],
  [
    'host_network_bytes_per_second',
    {
      ...{ chapter: 'Network', title: 'Received and transmitted', unit: 'bytes_per_second' },
      comesFrom: 'the exporter of Latency Guard',
    },
  ],
  [
    'host_network_drops_per_second',
    {
      ...{ chapter: 'Network', title: 'Packets lost or damaged', unit: 'per_second' },
      comesFrom: 'the exporter of Latency Guard',
    },
  ],
  [
    'target_ping_rtt_seconds',
    {
      ...{ chapter: 'Latency', title: 'Ping: round trip', unit: 'seconds' },
      comesFrom: 'the collector ping (ping.targets of exporter.yml)',
    },
  ],
  [
    'target_ping_loss_ratio',
    {
      ...{ chapter: 'Latency', title: 'Ping: without an answer', unit: 'ratio' },
      comesFrom: 'the collector ping (ping.targets of exporter.yml)',
    },
  ],
  [
    'probe_failure_ratio',
    {
      ...{ chapter: 'External dependencies', title: 'Probes that failed', unit: 'ratio' },
      comesFrom: 'the collector probe (probe.probes of exporter.yml), or blackbox_exporter',
    },
  ],
  [
    'probe_duration_seconds',
    {
      ...{ chapter: 'External dependencies', title: 'Duration of a probe', unit: 'seconds' },
      comesFrom: 'the collector probe (probe.probes of exporter.yml), or blackbox_exporter',
    },
  ],
];

/** Features that no other family of exporters has as such, but a signal of the presets does. */
const INSTEAD: Readonly<Partial<Record<FeatureName, string>>> = {
  probe_failure_ratio: 'probe_failures',
  probe_duration_seconds: 'probe_duration',
};

export function listMeasures({ features, signals }: PresetSources): Measure[] {
  const own = FEATURES.map(([name, head]): Measure => {
    const instead = INSTEAD[name];
    const promql = [
      ...formsOf(features[name]),
      ...formsOf(instead === undefined ? undefined : signals[instead]),
    ];
    return { comesFrom: EXPORTER, ...head, id: name, promql };
  });
  const memory: Measure = {
    ...{ id: 'host_memory_used_ratio', chapter: 'Memory', title: 'Memory in use', unit: 'ratio' },
    promql: [...formsOf(signals.host_memory), ...formsOf(signals.node_memory)],
    comesFrom: EXPORTER,
  };
  return [
    own[0]!,
    own[1]!,
    memory,
    ...own.slice(2, 6),
    space(signals),
    ...own.slice(6),
    ...SESSIONS,
  ];
}

function space(signals: PresetSources['signals']): Measure {
  const free = formsOf(signals.node_filesystem_available).map((promql) => `1 - (${promql})`);
  return {
    ...{ id: 'filesystem_used_ratio', chapter: 'Disk space', title: 'File system in use' },
    unit: 'ratio',
    promql: [...formsOf(signals.filesystem), ...free],
    comesFrom: EXPORTER,
  };
}

const SESSIONS: readonly Measure[] = [
  {
    ...{ id: 'sessions', chapter: 'Sessions', title: 'Active sessions', unit: 'count' },
    promql: ['sum without (job) (guard_access_log_active_sessions)'],
    comesFrom: 'the collector access-log (access_logs of exporter.yml)',
  },
  {
    ...{ id: 'tcp_connections', chapter: 'Sessions', title: 'Open TCP connections', unit: 'count' },
    promql: ['guard_tcp_established_connections', 'node_netstat_Tcp_CurrEstab'],
    comesFrom: EXPORTER,
  },
];

function formsOf(source: FeatureSource | undefined): string[] {
  if (source === undefined) return [];
  const expr = promqlOf(source, 'expr');
  return source.record === undefined ? [expr] : [promqlOf(source, 'record'), expr];
}
