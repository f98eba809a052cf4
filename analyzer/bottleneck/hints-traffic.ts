// Hints about disks, network, databases and dependencies: devices, queues, who moves most, who is in the way.
import type { Labels } from '../series/labels.ts';
import { digits, formatBytes, formatPercent, formatSpan } from './format.ts';
import { type HintQuestion, listOf } from './hint.ts';

const TOP = 3;

const groupName = ({ group = '?' }: Labels) => group;
const portName = ({ port = '?' }: Labels) => `port ${port}`;
const perSecond = (bytes: number) => `(${formatBytes(bytes)}/s)`;

export const DEVICE_QUEUE: HintQuestion = {
  about: 'device_queue',
  promql: ({ host }) => `topk(1, rate(guard_disk_io_time_weighted_seconds_total{${host}}[1m]) > 0)`,
  say: ([point]) =>
    `the longest queue is that of ${point!.labels.device ?? 'a device'}, ${digits(point!.value)} requests on average`,
};

export const TOP_READERS: HintQuestion = {
  about: 'top_readers',
  promql: ({ host }) => `topk(${TOP}, rate(guard_process_read_bytes_total{${host}}[1m]) > 1024)`,
  say: (points) => `most is read from storage by ${listOf(points, groupName, perSecond)}`,
};

export const TOP_WRITERS: HintQuestion = {
  about: 'top_writers',
  promql: ({ host }) => `topk(${TOP}, rate(guard_process_written_bytes_total{${host}}[1m]) > 1024)`,
  say: (points) => `most is written to storage by ${listOf(points, groupName, perSecond)}`,
};

export const GROUP_RETRANSMITS: HintQuestion = {
  about: 'retransmits',
  promql: ({ host }) =>
    `topk(${TOP}, rate(guard_process_tcp_retransmitted_segments_total{${host}}[1m]) > 0.1)`,
  say: (points) =>
    `most TCP segments are sent again by ${listOf(points, groupName, (rate) => `(${digits(rate)}/s)`)}`,
};

export const GROUP_SOCKET_QUEUES: HintQuestion = {
  about: 'socket_queues',
  promql: ({ host }) => `topk(${TOP}, guard_process_tcp_send_queue_bytes{${host}} > 0)`,
  say: (points) =>
    `bytes written and not acknowledged wait in the sockets of ${listOf(points, groupName, (bytes) => `(${formatBytes(bytes)})`)}`,
};

export const TOP_TALKERS: HintQuestion = {
  about: 'top_talkers',
  promql: ({ host }) =>
    `topk(${TOP}, rate(guard_process_network_received_bytes_total{${host}}[1m]) + rate(guard_process_network_transmitted_bytes_total{${host}}[1m]) > 1024)`,
  say: (points) => `most TCP traffic is that of ${listOf(points, groupName, perSecond)}`,
};

export const CONNECTIONS_BY_PORT: HintQuestion = {
  about: 'connections',
  promql: ({ host }) => `topk(${TOP}, sum without (state) (guard_tcp_connections{${host}}) > 0)`,
  say: (points) =>
    `most connections are on ${listOf(points, portName, (count) => `(${digits(count)})`)}`,
};

export const LISTEN_QUEUES: HintQuestion = {
  about: 'listen_queues',
  promql: ({ host }) => `topk(${TOP}, guard_tcp_listen_queue_length{${host}} > 0)`,
  say: (points) =>
    `connections wait to be accepted on ${listOf(points, portName, (count) => `(${digits(count)})`)}`,
};

/** Whether one path is ill or all of them: then it is this host's own link. */
export const OTHER_TARGETS: HintQuestion = {
  about: 'other_targets',
  promql: ({ host }) =>
    `clamp_min(1 - rate(guard_ping_received_total{${host}}[1m]) / (rate(guard_ping_sent_total{${host}}[1m]) > 0), 0)`,
  say(points) {
    const lossy = points.filter(({ value }) => value >= 0.01);
    if (points.length < 2) return undefined;
    if (lossy.length === 0)
      return `none of the ${points.length} ping targets of this host loses packets`;
    const names = listOf(lossy.slice(0, TOP), ({ target = '?' }) => target, formatPercent);
    return `${lossy.length} of ${points.length} ping targets of this host lose packets: ${names}`;
  },
};

export const FILE_GROWTH: HintQuestion = {
  about: 'descriptor_growth',
  promql: ({ own }) => `deriv(guard_process_open_fds{${own}}[5m]) * 60`,
  say: ([point], { name }) => `open files of ${name} change by ${digits(point!.value)} a minute`,
};

export const BLOCKING_SESSIONS: HintQuestion = {
  about: 'blocking_session',
  promql: ({ own }) => `topk(${TOP}, guard_postgresql_blocking_seconds{${own}})`,
  say: (points) =>
    `others wait for ${listOf(
      points,
      ({ blocker_pid = '?', application = '' }) =>
        `session ${blocker_pid}${application === '' ? '' : ` of ${application}`}`,
      (seconds) => `(for ${formatSpan(seconds)})`,
    )}`,
};

export const DATABASE_CONNECTIONS: HintQuestion = {
  about: 'connections',
  promql: ({ own }) =>
    `topk(${TOP}, sum by (job, instance, database_server, state) (guard_postgresql_connections{${own}}) > 0)`,
  say: (points) =>
    `its connections are ${listOf(
      points,
      ({ state = '?' }) => state.replaceAll('_', ' '),
      (count) => `(${digits(count)})`,
    )}`,
};

export const PROBE_PHASES: HintQuestion = {
  about: 'probe_phases',
  promql: ({ own }) =>
    `topk(${TOP}, avg_over_time(guard_probe_duration_seconds{phase!="total",${own}}[1m]))`,
  say: (points) =>
    `its time goes into ${listOf(
      points,
      ({ phase = '?' }) => phase.replaceAll('_', ' '),
      (seconds) => `(${formatSpan(seconds)})`,
    )}`,
};

export const PROBE_FAILURES: HintQuestion = {
  about: 'probe_failures',
  promql: ({ own }) => `topk(${TOP}, increase(guard_probe_failures_total{${own}}[5m]) > 0)`,
  say: (points) =>
    `in the last 5 min it failed for ${listOf(
      points,
      ({ reason = '?' }) => reason.replaceAll('_', ' '),
      (count) => `(${digits(count)} times)`,
    )}`,
};

/** From the access logs that the exporter of the same host follows. */
export const HTTP_ERRORS: HintQuestion = {
  about: 'http_errors',
  promql: ({ host }) =>
    `sum by (job, instance, log, status_class) (rate(guard_access_log_requests_total{status_class="5xx",${host}}[1m])) > 0`,
  say: (points) =>
    `the access log has ${listOf(
      points.slice(0, TOP),
      ({ log = '?' }) => `5xx answers in ${log}`,
      (rate) => `(${digits(rate)}/s)`,
    )}`,
};
