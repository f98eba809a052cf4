// How the services answer that others depend on: probes by phase, certificates, and TCP as the kernel sees it.
import { PanelBuilder as TimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { dress, graph, property, stacked, table } from '../panel.ts';
import { GROUP, HOST, topLines } from '../query.ts';
import { zeroOrOne } from '../shared/trust.ts';

const NO_PROBES = 'no probe is configured (probe.probes in exporter.yml)';
const NO_SOCKETS = 'the chosen groups have no TCP connection that the exporter may see';
const PROBE_LEGEND = '{{probe}} from {{instance}}';

/** Certificates are renewed weeks ahead; less than that means that the renewal does not work. */
const CERTIFICATE_WARNS_SECONDS = 14 * 86_400;
const CERTIFICATE_ALARMS_SECONDS = 3 * 86_400;

export const probeRow = () => [success(), phases(), failures(), slowest(), certificates()];
export const tcpRow = () => [roundTrip(), retransmits(), acceptQueues()];

function success() {
  return dress(new TimelineBuilder(), {
    title: 'Probes: do the dependencies answer',
    description:
      'A lane per probe: whether its last run found everything as expected. The reason of a failure stands beside.',
    unit: 'short',
    emptyWhen: NO_PROBES,
    queries: [
      {
        name: 'Success',
        legend: PROBE_LEGEND,
        expr: `min by (probe, instance) (guard_probe_success{${HOST}})`,
      },
    ],
    width: 12,
  }).mappings(zeroOrOne('fails', 'answers'));
}

function phases() {
  return stacked({
    title: 'Probes by phase',
    description:
      'Where the time of a probe goes, mean of the chosen probes: name lookup, connection, TLS, waiting for the first byte, the rest of the answer. The phase that grows tells whose fault it is: resolver, network, or the service itself.',
    unit: 's',
    emptyWhen: NO_PROBES,
    queries: [
      {
        name: 'Phases',
        legend: '{{phase}}',
        expr: `avg by (phase) (guard_probe_duration_seconds{phase!="total",${HOST}})`,
      },
    ],
    width: 12,
  });
}

function failures() {
  return graph({
    title: 'Probes: failures by reason',
    description:
      'Failed runs per second and why: a timeout, a refused connection, an unexpected status or content, a certificate that is not trusted.',
    unit: 'cps',
    emptyWhen: NO_PROBES,
    queries: [
      {
        name: 'Failures',
        legend: '{{probe}} {{reason}} from {{instance}}',
        expr: `rate(guard_probe_failures_total{${HOST}}[$__rate_interval]) > 0`,
        emptyWhen: 'no probe failed',
      },
    ],
    alarmAt: 0.01,
    width: 8,
  });
}

function slowest() {
  const buckets = `sum by (probe, instance, le) (rate(guard_probe_total_seconds_bucket{${HOST}}[$__rate_interval]))`;
  return graph({
    title: 'Probes: the slowest answers',
    description:
      '95th percentile of the whole duration of a probe, runs that timed out included: one in twenty takes longer.',
    unit: 's',
    emptyWhen: NO_PROBES,
    queries: [
      {
        name: 'P95',
        legend: PROBE_LEGEND,
        expr: `histogram_quantile(0.95, ${buckets}) >= 0`,
      },
    ],
    warnAt: 0.5,
    alarmAt: 2,
    width: 8,
  });
}

function certificates() {
  return table({
    title: 'Certificates, soonest to expire first',
    description:
      'How long the certificate that each probe was shown is still valid. Orange below two weeks, red below three days: then the renewal does not work.',
    unit: 's',
    emptyWhen: 'no probe speaks TLS',
    queries: [
      {
        name: 'Left',
        expr: `min by (probe, instance) (guard_probe_tls_certificate_expiry_timestamp_seconds{${HOST}}) - time()`,
      },
    ],
    columns: { probe: 'Probe', Value: 'Valid for', instance: 'From' },
    sortBy: { heading: 'Valid for', descending: false },
    width: 8,
  }).overrideByName('Valid for', [
    property('custom.cellOptions', { type: 'color-text' }),
    property('thresholds', {
      mode: 'absolute',
      steps: [
        { value: null, color: 'red' },
        { value: CERTIFICATE_ALARMS_SECONDS, color: 'orange' },
        { value: CERTIFICATE_WARNS_SECONDS, color: 'green' },
      ],
    }),
  ]);
}

function roundTrip() {
  return graph({
    title: 'TCP round trip by process group',
    description:
      'How long the kernel measures until the other side acknowledges, of the connections of each group. High for one group only: its peers are far or busy; for all: the network is.',
    unit: 's',
    emptyWhen: NO_SOCKETS,
    queries: [
      {
        name: 'Rtt',
        legend: '{{group}} on {{instance}}',
        expr: topLines(`guard_process_tcp_rtt_seconds{${GROUP}}`),
      },
    ],
    warnAt: 0.1,
    alarmAt: 0.3,
    width: 8,
  });
}

function retransmits() {
  const rate = `rate(guard_process_tcp_retransmitted_segments_total{${GROUP}}[$__rate_interval])`;
  return graph({
    title: 'TCP segments sent again by process group',
    description:
      'Segments per second that were lost, or answered so late that they were sent again. Each costs its connection at least 200 ms.',
    unit: 'pps',
    emptyWhen: NO_SOCKETS,
    queries: [{ name: 'Again', legend: '{{group}} on {{instance}}', expr: topLines(rate) }],
    warnAt: 1,
    alarmAt: 10,
    width: 8,
  });
}

function acceptQueues() {
  return graph({
    title: 'Connections that wait to be accepted',
    description:
      'Share of the accept queue in use, of the fullest ports. A full queue means that the program does not take its connections: clients wait, then fail. Connections that were dropped for it are counted on the right axis.',
    unit: 'percentunit',
    queries: [
      {
        name: 'Queue',
        legend: 'port {{port}} on {{instance}}',
        expr: topLines(
          `guard_tcp_listen_queue_length{${HOST}} / (guard_tcp_listen_queue_limit{${HOST}} > 0)`,
        ),
        emptyWhen: 'no port is listened on, or the exporter may not see it',
      },
      {
        name: 'Dropped',
        legend: 'dropped on {{instance}}',
        expr: `rate(guard_tcp_listen_drops_total{${HOST}}[$__rate_interval])`,
      },
    ],
    warnAt: 0.5,
    alarmAt: 0.9,
    width: 8,
  }).overrideByQuery('Dropped', [
    property('unit', 'cps'),
    property('custom.axisPlacement', 'right'),
  ]);
}
