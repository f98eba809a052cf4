// Row 5: the network, from the card to the far end.
import {
  PanelBuilder as HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { dress, graph, property } from '../panel.ts';
import { HOST } from '../query.ts';

const NO_TARGETS = 'no ping target is configured, or the exporter may not send pings';

export const networkRow = () => [traffic(), faults(), retransmits(), roundTrip(), spread(), loss()];

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
    width: 8,
  })
    .axisCenteredZero(true)
    .overrideByQuery('Out', [property('custom.transform', 'negative-Y')]);
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

function roundTrip() {
  const quantile = (rule: string) => `instance_target:guard_ping_rtt_seconds:${rule}{${HOST}}`;
  return graph({
    title: 'Ping: median and 95th percentile',
    description:
      'Round trip to each target over the last five minutes. A median that rises is a longer or fuller path; a percentile that rises alone is queueing.',
    unit: 's',
    emptyWhen: NO_TARGETS,
    queries: [
      { name: 'Median', legend: '{{target}} median', expr: quantile('p50_5m') },
      { name: 'P95', legend: '{{target}} p95', expr: quantile('p95_5m') },
    ],
    warnAt: 0.1,
    alarmAt: 0.2,
    width: 8,
  });
}

function spread() {
  const buckets = `rate(guard_ping_rtt_seconds_bucket{${HOST}}[$__rate_interval])`;
  return dress(new HeatmapBuilder(), {
    title: 'Ping: spread of round trips',
    description:
      'How many answers per second took how long, all targets together. Two bands mean two paths; a widening band means queueing.',
    unit: 'cps',
    emptyWhen: NO_TARGETS,
    queries: [
      { name: 'Answers', legend: '{{le}}', expr: `sum by (le) (${buckets})`, shape: 'heatmap' },
    ],
    width: 8,
  })
    .calculate(false)
    .yAxis(new YAxisConfigBuilder().unit('s'))
    .color(
      new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Oranges').steps(32),
    );
}

function loss() {
  return graph({
    title: 'Ping: loss',
    description:
      'Share of pings of the last minute without an answer. Loss while the cards are idle is a fault on the path, not a full link.',
    unit: 'percentunit',
    emptyWhen: NO_TARGETS,
    queries: [
      {
        name: 'Loss',
        legend: '{{target}} from {{instance}}',
        expr: `instance_target:guard_ping_loss:ratio_rate1m{${HOST}}`,
      },
    ],
    warnAt: 0.01,
    alarmAt: 0.05,
    width: 8,
  }).max(1);
}
