// How far the other end is: round trip, its spread, loss, and whether ping itself works.
import {
  PanelBuilder as HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { dress, graph } from '../panel.ts';
import { HOST } from '../query.ts';
import { zeroOrOne } from '../shared/trust.ts';

const NO_TARGETS = 'no ping target is configured, or the exporter may not send pings';
const TARGET_LEGEND = '{{target}} from {{instance}}';

export const pingRow = () => [spread(), roundTrip(), jitter(), loss(), answers(), selfCheck()];

function roundTrip() {
  const quantile = (rule: string) => `instance_target:guard_ping_rtt_seconds:${rule}{${HOST}}`;
  return graph({
    title: 'Ping: median and 95th percentile',
    description:
      'Round trip to each target over the last five minutes. A median that rises is a longer or fuller path; a percentile that rises alone is queueing.',
    unit: 's',
    emptyWhen: NO_TARGETS,
    queries: [
      { name: 'Median', legend: '{{target}} median from {{instance}}', expr: quantile('p50_5m') },
      { name: 'P95', legend: '{{target}} p95 from {{instance}}', expr: quantile('p95_5m') },
    ],
    warnAt: 0.1,
    alarmAt: 0.2,
    width: 12,
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
    width: 12,
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
        legend: TARGET_LEGEND,
        expr: `instance_target:guard_ping_loss:ratio_rate1m{${HOST}}`,
      },
    ],
    warnAt: 0.01,
    alarmAt: 0.05,
    width: 6,
  }).max(1);
}

function jitter() {
  return graph({
    title: 'Ping: jitter',
    description:
      'How far the slowest twentieth of the answers lies above the median, over five minutes. Calls and games notice 30 ms; a jump while the median stays is a queue that fills and drains.',
    unit: 's',
    emptyWhen: NO_TARGETS,
    queries: [
      {
        name: 'Jitter',
        legend: TARGET_LEGEND,
        expr: `instance_target:guard_ping_jitter_seconds:p95_p50_5m{${HOST}}`,
      },
    ],
    warnAt: 0.03,
    alarmAt: 0.1,
    width: 6,
  });
}

function answers() {
  const rate = (name: string) => `rate(guard_ping_${name}_total{${HOST}}[$__rate_interval])`;
  return graph({
    title: 'Ping: duplicates and errors',
    description:
      'Answers that came twice (two paths, or two machines with one address) and requests that the kernel refused to send (no route, no permission), per second.',
    unit: 'cps',
    emptyWhen: NO_TARGETS,
    queries: [
      { name: 'Twice', legend: '{{target}} twice, from {{instance}}', expr: rate('duplicates') },
      {
        name: 'Errors',
        legend: '{{target}} refused, from {{instance}}',
        expr: rate('errors'),
      },
    ],
    width: 6,
  });
}

function selfCheck() {
  return dress(new TimelineBuilder(), {
    title: 'Does ping itself work',
    description:
      'Whether the host answers its own ping on loopback. Where it does not, every loss on this page is a fault of the measurement (permissions, a firewall), not of the network.',
    unit: 'short',
    emptyWhen: 'the exporter runs without its ping collector',
    queries: [
      {
        name: 'Check',
        legend: '{{instance}}',
        expr: `min by (instance) (guard_ping_self_check_success{${HOST}})`,
      },
    ],
    width: 6,
  }).mappings(zeroOrOne('broken', 'works'));
}
