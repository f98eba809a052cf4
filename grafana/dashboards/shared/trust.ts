// Whether a page can be believed: what is scraped, and what could not be read or judged.
import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { dress, table } from '../panel.ts';
import { HOST } from '../query.ts';

export function scrapes(width: number) {
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
    width,
  }).mappings(zeroOrOne('unreachable', 'up'));
}

export function gaps(width: number) {
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
    width,
  });
}

/** Words and colours for a series that is 0 when something fails and 1 otherwise. */
export function zeroOrOne(zero: string, one: string): ValueMapping[] {
  return [
    {
      type: MappingType.ValueToText,
      options: {
        '0': { text: zero, color: 'red', index: 0 },
        '1': { text: one, color: 'green', index: 1 },
      },
    },
  ];
}
