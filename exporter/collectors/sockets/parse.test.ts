import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dumpOf, message, socketMessage } from './dump.contract.ts';
import { parseSocketDump } from './parse.ts';

/** Linux 6.18, ss of iproute2 6.1 with --diag=-. */
const real = readFileSync(join(import.meta.dirname, '../../fixtures/sockets/dump.bin'));
/** What `ss -tinHOea` printed of the same sockets, in its columns: bytes_sent, bytes_received and rtt from its details. */
const PRINTED = `
listen      0 511 8080>0 ino:370438 sk:205 0 0 0
listen      0 511 9000>0 ino:370446 sk:206 0 0 0
listen      0 511 9001>0 ino:370449 sk:207 0 0 0
close_wait  0 0 40004>9000 ino:370447 sk:208 0 4 0.011
fin_wait_2  0 0 9000>40004 ino:370448 sk:209 3 0 5.471
time_wait   0 0 9001>40005 ino:0 sk:20a - - -
established 0 0 40001>8080 ino:370439 sk:20b 5000 100000 0.027
established 0 0 40002>8080 ino:370441 sk:20c 0 100000 0.007
established 0 0 8080>40001 ino:370440 sk:20d 100000 5000 0.065
established 0 0 8080>40002 ino:370442 sk:20e 100000 0 0.575
listen      0 511 8443>0 ino:370443 sk:20f 0 0 0
established 30000 0 8443>40003 ino:370445 sk:210 0 30000 0.011
established 0 0 40003>8443 ino:370444 sk:211 30000 0 0.043`;

test('a real dump says what ss prints of it, IPv4 and IPv6, in every state', () => {
  const { sockets, ended } = parseSocketDump(real);
  const lines = sockets.map(({ traffic, ...socket }) => {
    const details =
      traffic === undefined
        ? '- - -'
        : `${traffic.sentBytes} ${traffic.receivedBytes} ${Math.round(traffic.rttSeconds * 1e6) / 1000}`;
    const cookie = Number(socket.cookie.replace('0:', '')).toString(16);
    return (
      `${socket.state.padEnd(11)} ${socket.receiveQueue} ${socket.sendQueue} ` +
      `${socket.localPort}>${socket.remotePort} ino:${socket.inode} sk:${cookie} ${details}`
    );
  });
  assert.equal(`\n${lines.join('\n')}`, PRINTED);
  assert.ok(ended);
  const six = sockets.filter(({ family }) => family === 'ipv6');
  assert.deepEqual(
    six.map(({ localPort }) => localPort),
    [8443, 8443, 40_003],
  );
});

test('numbers beyond 32 bits are read whole', () => {
  const [socket] = parseSocketDump(
    dumpOf([{ sentBytes: 5_000_000_000_001, receivedBytes: 2 ** 32, retransmits: 7 }]),
  ).sockets;
  assert.equal(socket?.traffic?.sentBytes, 5_000_000_000_001);
  assert.equal(socket?.traffic?.receivedBytes, 2 ** 32);
  assert.equal(socket?.traffic?.retransmittedSegments, 7);
});

test('a kernel whose tcp_info is shorter says less, never zeros', () => {
  const trafficOf = (infoBytes: number) =>
    parseSocketDump(dumpOf([{ infoBytes, sentBytes: 11, receivedBytes: 22 }])).sockets[0]?.traffic;
  assert.equal(trafficOf(280)?.sentBytes, 11);
  assert.equal(trafficOf(192)?.sentBytes, 11, 'Linux 4.1 to 4.18 tells what was acknowledged');
  assert.equal(trafficOf(192)?.receivedBytes, 22);
  assert.equal(trafficOf(104), undefined, 'Linux 3.x tells no bytes');
  assert.equal(trafficOf(0), undefined, 'no tcp_info at all');
});

test('every state has a name, also one that is not invented yet', () => {
  const states = parseSocketDump(
    dumpOf([2, 3, 4, 7, 9, 11, 12, 13, 255].map((state) => ({ state }))),
  );
  assert.deepEqual(
    states.sockets.map(({ state }) => state),
    [
      'syn_sent',
      'syn_recv',
      'fin_wait_1',
      'closed',
      'last_ack',
      'closing',
      'syn_recv',
      'unknown',
      'unknown',
    ],
  );
});

test('a dump that was cut anywhere gives its whole messages and says that it has not ended', () => {
  const whole = parseSocketDump(real).sockets;
  const lastDone = real.length - 20;
  for (let length = 0; length < lastDone; length += 7) {
    const { sockets } = parseSocketDump(real.subarray(0, length));
    assert.deepEqual(sockets, whole.slice(0, sockets.length), `cut at ${length}`);
  }
  assert.equal(parseSocketDump(real.subarray(0, 1000)).ended, false);
  assert.deepEqual(parseSocketDump(Buffer.alloc(0)), { sockets: [], ended: false });
});

test('attributes that lie about their length end the message, not the dump', () => {
  const broken = socketMessage({ cookie: 1, sentBytes: 5 });
  for (const length of [0, 3, 60_000]) {
    broken.writeUInt16LE(length, 16 + 72);
    const { sockets } = parseSocketDump(Buffer.concat([broken, dumpOf([{ cookie: 2 }])]));
    assert.deepEqual(
      sockets.map(({ traffic }) => traffic === undefined),
      [true, false],
      `length ${length}`,
    );
  }
});

test('a kernel that refuses is quoted', () => {
  const refusal = Buffer.alloc(20);
  refusal.writeInt32LE(-13, 0);
  assert.throws(() => parseSocketDump(message(2, refusal)), /refused .* errno 13/);
});

test('text instead of messages is refused with its beginning', () => {
  const texts = [
    'State  Recv-Q  Send-Q  Local Address:Port  Peer Address:Port\n',
    'ESTAB      0      0      127.0.0.1:38423 127.0.0.1:54722 ino:203875 sk:100b\n',
    '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0',
  ];
  for (const text of texts) {
    assert.throws(() => parseSocketDump(Buffer.from(text)), /is it the ss of iproute2/, text);
  }
});

test('the other byte order is read as well', () => {
  const swapped = Buffer.alloc(16 + 72);
  swapped.writeUInt32BE(swapped.length, 0);
  swapped.writeUInt16BE(20, 4);
  swapped.writeUInt8(1, 17);
  swapped.writeUInt16BE(8080, 20);
  swapped.writeUInt32BE(4711, 16 + 68);
  const [socket] = parseSocketDump(swapped, false).sockets;
  assert.deepEqual([socket?.state, socket?.localPort, socket?.inode], ['established', 8080, 4711]);
});
