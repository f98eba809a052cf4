// The network of a host: its cards and its TCP; what lies beyond is in ping.ts and probes.ts.
import { graph, property } from '../panel.ts';
import { HOST } from '../query.ts';

export const networkRow = () => [traffic(), faults(), retransmits()];

function traffic() {
  const rate = (direction: string) =>
    `instance_device:guard_network_${direction}_bytes:rate1m{${HOST}}`;
  return graph({
    title: 'Network traffic',
    description:
      'Bytes per second and network card: received above the axis, transmitted below it.',
    unit: 'Bps',
    queries: [
      { name: 'In', legend: '{{device}} received on {{instance}}', expr: rate('received') },
      { name: 'Out', legend: '{{device}} transmitted on {{instance}}', expr: rate('transmitted') },
    ],
    belowZero: true,
    width: 8,
  }).overrideByQuery('Out', [property('custom.transform', 'negative-Y')]);
}

function faults() {
  const rate = (direction: string, fault: string) =>
    `rate(guard_network_${direction}_${fault}_total{${HOST}}[$__rate_interval])`;
  return graph({
    title: 'Network errors and drops',
    description:
      'Packets per second that a card received damaged or had to throw away, both directions. Any steady value is a fault of cable, driver or buffer size.',
    unit: 'pps',
    queries: ['errors', 'drops'].map((fault) => ({
      name: fault,
      legend: `{{device}} ${fault} on {{instance}}`,
      expr: `${rate('received', fault)} + ${rate('transmitted', fault)}`,
    })),
    alarmAt: 1,
    width: 8,
  });
}

function retransmits() {
  const rate = (name: string) => `rate(guard_tcp_${name}_total{${HOST}}[$__rate_interval])`;
  return graph({
    title: 'TCP segments sent again',
    description:
      'Share of the sent TCP segments that got no answer in time and were sent again. Each of them costs a connection at least 200 ms.',
    unit: 'percentunit',
    queries: [
      {
        name: 'Share',
        legend: '{{instance}}',
        expr: `${rate('retransmitted_segments')} / (${rate('sent_segments')} > 0)`,
        emptyWhen: 'no segment was sent',
      },
    ],
    warnAt: 0.01,
    alarmAt: 0.05,
    width: 8,
  });
}
