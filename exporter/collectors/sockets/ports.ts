// Connections per port that somebody listens on, and the queue of connections that wait to be accepted there.
import type { Socket, SocketState } from './parse.ts';

export const MAX_PORTS = 100;

export interface ListeningPort {
  readonly port: number;
  /** Summed over all sockets that listen on the port, such as one per address or worker. */
  readonly queueLength: number;
  readonly queueLimit: number;
  /** By state; `established` is always there. */
  readonly connections: ReadonlyMap<SocketState, number>;
}

export interface PortReport {
  /** Those with the most connections, largest first. */
  readonly ports: readonly ListeningPort[];
  readonly dropped: number;
}

interface Tally {
  readonly port: number;
  queueLength: number;
  queueLimit: number;
  total: number;
  readonly connections: Map<SocketState, number>;
}

/** O(sockets). A local port that nobody listens on, as a client has, is no port of this table. */
export function tallyPorts(sockets: readonly Socket[], maxPorts = MAX_PORTS): PortReport {
  const tallies = new Map<number, Tally>();
  for (const { state, localPort: port, receiveQueue, sendQueue } of sockets) {
    if (state !== 'listen') continue;
    const tally = tallies.get(port) ?? openTally(port);
    tallies.set(port, tally);
    tally.queueLength += receiveQueue;
    tally.queueLimit += sendQueue;
  }
  for (const { state, localPort } of sockets) {
    const tally = state === 'listen' ? undefined : tallies.get(localPort);
    if (tally === undefined) continue;
    tally.total += 1;
    tally.connections.set(state, (tally.connections.get(state) ?? 0) + 1);
  }
  const bySize = [...tallies.values()].sort((a, b) => b.total - a.total || a.port - b.port);
  return { ports: bySize.slice(0, maxPorts), dropped: Math.max(0, bySize.length - maxPorts) };
}

/**
 * How full the fullest accept queue of each group is, above 1 when it overflows (the kernel lets in one more than the limit).
 * @param groupOf undefined when the owner of a socket is not known
 */
export function tallyAcceptQueues(
  sockets: readonly Socket[],
  groupOf: (socket: Socket) => string | undefined,
): Map<string, number> {
  const fullest = new Map<string, number>();
  for (const socket of sockets) {
    if (socket.state !== 'listen' || socket.sendQueue <= 0) continue;
    const group = groupOf(socket);
    if (group === undefined) continue;
    const ratio = socket.receiveQueue / socket.sendQueue;
    fullest.set(group, Math.max(ratio, fullest.get(group) ?? 0));
  }
  return fullest;
}

function openTally(port: number): Tally {
  const connections = new Map<SocketState, number>([['established', 0]]);
  return { port, queueLength: 0, queueLimit: 0, total: 0, connections };
}
