// Latency Guard itself: what it costs, whether it keeps up, what it could not do.

import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { page } from './page.ts';
import { dress, table } from './panel.ts';
import { analyzerRow } from './rows/self-analyzer.ts';
import { exporterRow } from './rows/self-exporter.ts';
import { gaps, scrapes, zeroOrOne } from './shared/trust.ts';
import { alertMarks } from './variables.ts';

/** Latency Guard / Latency Guard itself. */
export function self(): Dashboard {
  return page({
    name: 'self',
    title: 'Latency Guard itself',
    description:
      'What exporter and analyzer cost, whether they keep up, what they could not read, and whether their alerts arrive.',
    annotations: [alertMarks()],
    rows: {
      'Does it work': () => [scrapes(8), configuration(), versions()],
      'What it could not do': () => [gaps(24)],
      'The exporters': exporterRow,
      'The analyzer': analyzerRow,
    },
  });
}

function configuration() {
  return dress(new TimelineBuilder(), {
    title: 'Configuration',
    description:
      'Whether the last attempt to load the configuration succeeded. In a red stretch the program runs on with the one before; its log says which line is wrong.',
    unit: 'short',
    queries: [
      {
        name: 'Exporters',
        legend: 'exporters',
        expr: 'min(guard_exporter_config_last_reload_successful)',
      },
      {
        name: 'Analyzers',
        legend: 'analyzer {{instance}}',
        expr: 'guard_analyzer_config_last_reload_successful',
      },
    ],
    width: 8,
  }).mappings(zeroOrOne('refused', 'loaded'));
}

function versions() {
  return table({
    title: 'Versions',
    description:
      'How many exporters and analyzers run which version, to see a half-finished roll-out at a glance.',
    unit: 'short',
    queries: [
      {
        name: 'Count',
        expr: 'count by (job, version, node_version) (guard_exporter_build_info or guard_analyzer_build_info)',
      },
    ],
    columns: { job: 'Part', version: 'Version', node_version: 'Node.js', Value: 'Running' },
    sortBy: { heading: 'Part', descending: false },
    width: 8,
  });
}
