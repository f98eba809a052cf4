// Socket dumps as the kernel writes them, for tests: inet_diag messages out of a few numbers.

export interface DumpedSocket {
  /** 2 = IPv4, 10 = IPv6. */
  readonly family?: number;
  /** net/tcp_states.h; 1 = established, 10 = listen. */
  readonly state?: number;
  readonly localPort?: number;
  readonly remotePort?: number;
  readonly cookie?: number;
  readonly inode?: number;
  readonly receiveQueue?: number;
  readonly sendQueue?: number;
  /** Bytes of struct tcp_info, 0 for a message without it. */
  readonly infoBytes?: number;
  readonly sentBytes?: number;
  readonly receivedBytes?: number;
  readonly retransmits?: number;
  readonly rttMicroseconds?: number;
  readonly leastRttMicroseconds?: number;
}

const DONE = message(3, Buffer.alloc(4));

/** A whole dump: the sockets, then the kernel's end mark. */
export function dumpOf(sockets: readonly DumpedSocket[]): Buffer {
  return Buffer.concat([...sockets.map(socketMessage), DONE]);
}

/** A netlink message of a kind with a body. */
export function message(kind: number, body: Buffer): Buffer {
  const header = Buffer.alloc(16);
  header.writeUInt32LE(16 + body.length, 0);
  header.writeUInt16LE(kind, 4);
  return Buffer.concat([header, body, Buffer.alloc((4 - (body.length % 4)) % 4)]);
}

export function socketMessage(socket: DumpedSocket): Buffer {
  const { infoBytes = 280 } = socket;
  const body = Buffer.alloc(72);
  body.writeUInt8(socket.family ?? 2, 0);
  body.writeUInt8(socket.state ?? 1, 1);
  body.writeUInt16BE(socket.localPort ?? 40_000, 4);
  body.writeUInt16BE(socket.remotePort ?? 443, 6);
  body.writeUInt32LE(socket.cookie ?? 1, 44);
  body.writeUInt32LE(socket.receiveQueue ?? 0, 56);
  body.writeUInt32LE(socket.sendQueue ?? 0, 60);
  body.writeUInt32LE(socket.inode ?? 0, 68);
  // The shutdown attribute of five bytes first, as the kernel does: what follows is aligned.
  const shutdown = Buffer.from([5, 0, 8, 0, 0, 0, 0, 0]);
  return message(20, Buffer.concat([body, shutdown, infoAttribute(socket, infoBytes)]));
}

function infoAttribute(socket: DumpedSocket, infoBytes: number): Buffer {
  if (infoBytes === 0) return Buffer.alloc(0);
  const info = Buffer.alloc(Math.max(infoBytes, 280));
  info.writeUInt32LE(socket.rttMicroseconds ?? 0, 68);
  info.writeUInt32LE(socket.retransmits ?? 0, 100);
  info.writeUInt32LE(socket.leastRttMicroseconds ?? 0, 148);
  info.writeBigUInt64LE(BigInt(socket.sentBytes ?? 0), 120);
  info.writeBigUInt64LE(BigInt(socket.receivedBytes ?? 0), 128);
  info.writeBigUInt64LE(BigInt(socket.sentBytes ?? 0), 200);
  const header = Buffer.alloc(4);
  header.writeUInt16LE(4 + infoBytes, 0);
  header.writeUInt16LE(2, 2);
  return Buffer.concat([header, info.subarray(0, infoBytes)]);
}
