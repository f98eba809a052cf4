// Latency: how far and how reliable the other end is, by ping, by probes, and as TCP sees it.
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { page } from './page.ts';
import { HOST } from './query.ts';
import { pingRow } from './rows/ping.ts';
import { probeRow, tcpRow } from './rows/probes.ts';
import { alertMarks, anomalyMarks, findingMarks } from './variables.ts';

/** Latency Guard / Latency. */
export function latency(): Dashboard {
  return page({
    name: 'latency',
    title: 'Latency',
    description:
      'Round trips, loss and jitter of pings, dependencies by phase of their answer, certificates, and TCP of the process groups.',
    annotations: [
      findingMarks(),
      alertMarks('instance=~"$instance"'),
      anomalyMarks(`${HOST},group=""`),
    ],
    rows: {
      'The way there: ping': pingRow,
      'What answers: probes': probeRow,
      'What the programs feel: TCP': tcpRow,
    },
  });
}
