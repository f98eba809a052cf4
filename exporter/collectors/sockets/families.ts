// The metric families of the socket collector.
import { counter, gauge, type MetricFamily, type Sample } from '../../promformat/family.ts';
import type { GroupTraffic, TrafficReport } from './ledger.ts';
import type { ListeningPort, PortReport } from './ports.ts';

/** What every help text has to say: whose sockets, and how fresh. */
const SCOPE =
  "TCP of the exporter's own network namespace, as of the last look in the background (sockets.interval)";
const BOUND =
  'what a connection does between the last look and its end is missing, all of it when it is shorter than the interval';

/** The families of one look; ports are undefined when sockets are missing in the dump. */
export function socketFamilies(
  traffic: TrafficReport,
  ports: PortReport | undefined,
  acceptQueues: ReadonlyMap<string, number> = new Map(),
): MetricFamily[] {
  return [
    ...trafficFamilies(traffic),
    gauge(
      'guard_process_accept_queue_used_ratio',
      `Connections that wait to be accepted by the group as a share of what the fullest of its queues may hold; above 1 it overflows. ${SCOPE}.`,
      [...acceptQueues].map(([group, value]) => ({ labels: { group }, value })),
    ),
    ...unattributedFamilies(traffic),
    ...portFamilies(ports),
  ];
}

function trafficFamilies({ groups }: TrafficReport): MetricFamily[] {
  const values = (value: (group: Readonly<GroupTraffic>) => number | undefined): Sample[] =>
    [...groups].flatMap(([group, account]) => {
      const number = value(account);
      return number === undefined ? [] : [{ labels: { group }, value: number }];
    });
  return [
    counter(
      'guard_process_network_received_bytes_total',
      `Payload received by the connections of the group; ${BOUND}. ${SCOPE}.`,
      values((group) => group.receivedBytes),
    ),
    counter(
      'guard_process_network_transmitted_bytes_total',
      `Payload sent by the connections of the group, retransmissions included; ${BOUND}. ${SCOPE}.`,
      values((group) => group.sentBytes),
    ),
    counter(
      'guard_process_tcp_retransmitted_segments_total',
      `Segments that the connections of the group sent again; ${BOUND}. ${SCOPE}.`,
      values((group) => group.retransmittedSegments),
    ),
    gauge(
      'guard_process_tcp_send_queue_bytes',
      `Bytes that the group has written and its peers have not acknowledged. ${SCOPE}.`,
      values((group) => group.sendQueueBytes),
    ),
    gauge(
      'guard_process_tcp_receive_queue_bytes',
      `Bytes that have arrived and the group has not read. ${SCOPE}.`,
      values((group) => group.receiveQueueBytes),
    ),
    gauge(
      'guard_process_tcp_rtt_seconds',
      `Smoothed round-trip time of the group's connections, weighted by the bytes each sent since the look before; absent when nothing was sent. ${SCOPE}.`,
      values((group) => group.rttSeconds),
    ),
    gauge(
      'guard_process_tcp_queueing_seconds',
      `By how much the round trips of the group's connections are longer than their quickest ones of the last minutes, weighted by the bytes each sent since the look before: what queues on the way add. Absent when nothing was sent. ${SCOPE}.`,
      values((group) => group.queueingSeconds),
    ),
  ];
}

function unattributedFamilies(report: TrafficReport): MetricFamily[] {
  const { unattributed, unattributedSockets } = report;
  return [
    counter(
      'guard_process_network_unattributed_received_bytes_total',
      `Payload received by connections whose process group is not known. ${SCOPE}.`,
      unattributed.receivedBytes,
    ),
    counter(
      'guard_process_network_unattributed_transmitted_bytes_total',
      `Payload sent by connections whose process group is not known. ${SCOPE}.`,
      unattributed.sentBytes,
    ),
    gauge(
      'guard_process_network_unattributed_sockets',
      `Connections whose process group is not known, by reason. The bytes of those not_searched yet wait for their owner. ${SCOPE}.`,
      [...unattributedSockets].map(([reason, value]) => ({ labels: { reason }, value })),
    ),
  ];
}

function portFamilies(report: PortReport | undefined): MetricFamily[] {
  const ports = report?.ports ?? [];
  const values = (value: (port: ListeningPort) => number): Sample[] =>
    ports.map((port) => ({ labels: { port: String(port.port) }, value: value(port) }));
  return [
    gauge(
      'guard_tcp_connections',
      `Connections by the local port that somebody listens on, and state; only states that occur, and established. ${SCOPE}.`,
      ports.flatMap(({ port, connections }) =>
        [...connections].map(([state, value]) => ({
          labels: { port: String(port), state },
          value,
        })),
      ),
    ),
    gauge(
      'guard_tcp_listen_queue_length',
      `Connections that wait to be accepted, summed over the sockets of the port. ${SCOPE}.`,
      values(({ queueLength }) => queueLength),
    ),
    gauge(
      'guard_tcp_listen_queue_limit',
      `How many connections may wait to be accepted, summed over the sockets of the port. ${SCOPE}.`,
      values(({ queueLimit }) => queueLimit),
    ),
    gauge(
      'guard_tcp_ports_dropped',
      'Listening ports beyond the limit of 100, those with the fewest connections.',
      report?.dropped,
    ),
  ];
}
