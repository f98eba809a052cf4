// The bottleneck explorer: every finding, why, since when, what to do.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { page } from './page.ts';
import { evidenceRow, overTimeRow, rankedRow } from './rows/explorer.ts';
import { gaps } from './shared/trust.ts';
import { alertMarks, findingMarks } from './variables.ts';

/** Latency Guard / Bottleneck explorer. */
export function bottlenecks(): Dashboard {
  return page({
    name: 'bottlenecks',
    title: 'Bottleneck explorer',
    description:
      'Every finding, worst first, with the numbers it rests on, since when it is open, what to do, and its runbook.',
    time: { from: 'now-1h', to: 'now' },
    annotations: [findingMarks(), alertMarks()],
    rows: {
      'What was found': rankedRow,
      'What it rests on': evidenceRow,
      'How it came, and what to do': overTimeRow,
      'What could not be judged': () => [gaps(24)],
    },
  });
}
