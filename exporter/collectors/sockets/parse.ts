// The netlink messages of a socket dump: struct inet_diag_msg with struct tcp_info, as linux/inet_diag.h and linux/tcp.h lay them out.
// The layouts are kernel ABI: they only ever grow at their end.

/** linux/netlink.h */
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NETLINK_HEADER_BYTES = 16;
/** linux/sock_diag.h */
const SOCK_DIAG_BY_FAMILY = 20;
const DIAG_MESSAGE_BYTES = 72;
const ATTRIBUTE_HEADER_BYTES = 4;
const INET_DIAG_INFO = 2;

/** Offsets in struct tcp_info. `bytes_sent` is there since Linux 4.19, `min_rtt` since 4.6, `bytes_acked` and `bytes_received` since 4.1. */
const INFO = {
  rtt: 68,
  totalRetrans: 100,
  bytesAcked: 120,
  bytesReceived: 128,
  minRtt: 148,
  bytesSent: 200,
};
/** What the kernel says before the first measurement. */
const NO_RTT = 0xff_ff_ff_ff;

/** By number, net/tcp_states.h. */
export const SOCKET_STATES = [
  'unknown',
  'established',
  'syn_sent',
  'syn_recv',
  'fin_wait_1',
  'fin_wait_2',
  'time_wait',
  'closed',
  'close_wait',
  'last_ack',
  'listen',
  'closing',
  'syn_recv',
] as const;
export type SocketState = (typeof SOCKET_STATES)[number];

export interface SocketTraffic {
  /** Bytes of payload, those sent again included. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly retransmittedSegments: number;
  readonly rttSeconds: number;
  /** By how much that is longer than the quickest round trip of the last minutes; undefined when the kernel does not tell. */
  readonly queueingSeconds: number | undefined;
}

export interface Socket {
  readonly family: 'ipv4' | 'ipv6';
  readonly state: SocketState;
  readonly localPort: number;
  readonly remotePort: number;
  /** The kernel's name of the socket, never used again until the next boot. */
  readonly cookie: string;
  /** 0 when no process holds the socket: not accepted yet, or closed but not finished. */
  readonly inode: number;
  /** Bytes to be read; of a listening socket, connections to be accepted. */
  readonly receiveQueue: number;
  /** Bytes not acknowledged; of a listening socket, how many connections may wait. */
  readonly sendQueue: number;
  /** Undefined when the kernel tells none, as in TIME_WAIT. */
  readonly traffic: SocketTraffic | undefined;
}

export interface ParsedDump {
  readonly sockets: readonly Socket[];
  /** False when the dump ends without the kernel's end mark. */
  readonly ended: boolean;
}

/**
 * Reads whole messages until the first that is cut.
 * @param littleEndian the byte order of the machine.
 * @throws {Error} when the bytes are no netlink messages, or the kernel answered an error.
 */
export function parseSocketDump(bytes: Buffer, littleEndian = true): ParsedDump {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sockets: Socket[] = [];
  let ended = false;
  for (let at = 0; at + NETLINK_HEADER_BYTES <= bytes.length; ) {
    const length = view.getUint32(at, littleEndian);
    if (length < NETLINK_HEADER_BYTES) throw notNetlink(bytes, at);
    const kind = view.getUint16(at + 4, littleEndian);
    const end = at + length;
    if (end > bytes.length) {
      if (![SOCK_DIAG_BY_FAMILY, NLMSG_DONE, NLMSG_ERROR].includes(kind))
        throw notNetlink(bytes, at);
      return { sockets, ended: false };
    }
    const body = at + NETLINK_HEADER_BYTES;
    if (kind === NLMSG_ERROR) throw kernelError(view, body, littleEndian);
    ended = kind === NLMSG_DONE;
    if (kind === SOCK_DIAG_BY_FAMILY && body + DIAG_MESSAGE_BYTES <= end) {
      sockets.push(readSocket({ view, at: body, end, littleEndian }));
    }
    at = align(end);
  }
  return { sockets, ended };
}

interface Message {
  readonly view: DataView;
  readonly at: number;
  readonly end: number;
  readonly littleEndian: boolean;
}

function readSocket(message: Message): Socket {
  const { view, at, littleEndian } = message;
  const word = (offset: number) => view.getUint32(at + offset, littleEndian);
  return {
    family: view.getUint8(at) === 10 ? 'ipv6' : 'ipv4',
    state: SOCKET_STATES[view.getUint8(at + 1)] ?? 'unknown',
    // Ports are in network byte order.
    localPort: view.getUint16(at + 4),
    remotePort: view.getUint16(at + 6),
    cookie: `${word(48)}:${word(44)}`,
    receiveQueue: word(56),
    sendQueue: word(60),
    inode: word(68),
    traffic: readTraffic(message),
  };
}

function readTraffic({ view, at, end, littleEndian }: Message): SocketTraffic | undefined {
  let attribute = at + DIAG_MESSAGE_BYTES;
  while (attribute + ATTRIBUTE_HEADER_BYTES <= end) {
    const length = view.getUint16(attribute, littleEndian);
    if (length < ATTRIBUTE_HEADER_BYTES || attribute + length > end) return undefined;
    if (view.getUint16(attribute + 2, littleEndian) === INET_DIAG_INFO) {
      const start = attribute + ATTRIBUTE_HEADER_BYTES;
      const info = new DataView(view.buffer, view.byteOffset + start, attribute + length - start);
      return readInfo(info, littleEndian);
    }
    attribute = align(attribute + length);
  }
  return undefined;
}

function readInfo(info: DataView, littleEndian: boolean): SocketTraffic | undefined {
  if (info.byteLength < INFO.bytesReceived + 8) return undefined;
  const knowsSent = info.byteLength >= INFO.bytesSent + 8;
  const count = (offset: number) => readLong(info, offset, littleEndian);
  return {
    // Before Linux 4.19 what was acknowledged is the nearest: without what was sent again or is under way.
    sentBytes: count(knowsSent ? INFO.bytesSent : INFO.bytesAcked),
    receivedBytes: count(INFO.bytesReceived),
    retransmittedSegments: info.getUint32(INFO.totalRetrans, littleEndian),
    rttSeconds: info.getUint32(INFO.rtt, littleEndian) / 1e6,
    queueingSeconds: readQueueing(info, littleEndian),
  };
}

function readQueueing(info: DataView, littleEndian: boolean): number | undefined {
  if (info.byteLength < INFO.minRtt + 4) return undefined;
  const least = info.getUint32(INFO.minRtt, littleEndian);
  if (least === 0 || least === NO_RTT) return undefined;
  return Math.max(0, info.getUint32(INFO.rtt, littleEndian) - least) / 1e6;
}

/** Exact up to 2^53, nine petabytes; a bigint would cost several times as much. */
function readLong(view: DataView, offset: number, littleEndian: boolean): number {
  const first = view.getUint32(offset, littleEndian);
  const second = view.getUint32(offset + 4, littleEndian);
  return littleEndian ? second * 2 ** 32 + first : first * 2 ** 32 + second;
}

/** Messages and attributes begin at multiples of 4. */
function align(offset: number): number {
  return (offset + 3) & ~3;
}

function kernelError(view: DataView, at: number, littleEndian: boolean): Error {
  const number = at + 4 <= view.byteLength ? -view.getInt32(at, littleEndian) : 0;
  return new Error(`The kernel refused to list its TCP sockets: errno ${number}`);
}

function notNetlink(bytes: Buffer, at: number): Error {
  const start = JSON.stringify(bytes.toString('latin1', at, at + 40));
  return new Error(
    `ss did not write inet_diag messages but ${start}; is it the ss of iproute2, and has the kernel tcp_diag?`,
  );
}
