// Our network, TCP and socket metrics against ip, ss and nstat, in a network namespace of our own where nothing moves meanwhile,
// so that equal means equal. Needs root, iproute2 and util-linux.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { z } from 'zod';
import { createHostFiles } from '../sources/host-files.ts';
import type { Collector } from './collector.ts';
import { createNetworkCollector } from './network.ts';
import { createSockstatCollector } from './sockstat.ts';
import { createTcpCollector } from './tcp.ts';

const CONNECTIONS = 5;
const UDP_SOCKETS = 3;
/** ip and ss open sockets in the namespace themselves, and the kernel counts a closed one for a moment longer. */
const SOCKETS_OF_TOOLS = 6;
/** One process with both ends of some TCP connections, the server's on sockets of IPv6, and some UDP sockets. */
const TRAFFIC = `
  import { createServer, connect } from 'node:net';
  import { createSocket } from 'node:dgram';
  import { once } from 'node:events';
  const server = createServer((socket) => socket.on('data', () => socket.write('pong'))).listen(4711);
  await once(server, 'listening');
  for (let index = 0; index < ${CONNECTIONS}; index += 1) {
    const socket = connect(4711, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('x'.repeat(1000 * (index + 1)));
    await once(socket, 'data');
  }
  for (let index = 0; index < ${UDP_SOCKETS}; index += 1) {
    const socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
  }
  const gone = connect(4711, '127.0.0.1');
  await once(gone, 'connect');
  gone.end();
  await once(gone, 'close');
  console.log('ready');
  const parent = process.ppid;
  setInterval(() => process.ppid === parent || process.exit(), 1_000);
`;

const folder = mkdtempSync(join(tmpdir(), 'guard-network-'));
const possible = spawnSync('unshare', ['--net', 'ip', 'link', 'set', 'lo', 'up'], {
  encoding: 'utf8',
});
const problem = possible.error?.message ?? possible.stderr;
const skip = possible.status === 0 ? false : `no network namespace can be made here: ${problem}`;
const child = skip === false ? startTraffic() : undefined;
after(() => {
  child?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** exec keeps the pid, so the child that is killed is the one that has the namespace. */
function startTraffic() {
  const script = 'ip link set lo up && exec "$0" --input-type=module -e "$1"';
  const args = ['--net', 'sh', '-c', script, process.execPath, TRAFFIC];
  return spawn('unshare', args, { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Once the connections stand; a procfs whose process 1 is the child, as the collectors look for it in a container. */
const host = (async () => {
  if (child === undefined) throw new Error('there is no namespace');
  const [line] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  assert.equal(String(line), 'ready\n', 'the child is ready, it has not ended');
  symlinkSync(`/proc/${child.pid}`, join(folder, '1'));
  symlinkSync('/proc/self', join(folder, 'self'));
  symlinkSync('/proc/sys', join(folder, 'sys'));
  return createHostFiles({ procfs: folder, sysfs: '/sys', rootfs: '/elsewhere' });
})();
host.catch(() => {});

function inside(command: string, ...args: readonly string[]): string {
  const target = ['--target', String(child?.pid), '--net'];
  return execFileSync('nsenter', [...target, command, ...args], { encoding: 'utf8' });
}

async function collect(collector: Collector) {
  const families = await collector.collect(new AbortController().signal);
  return (name: string) => families.find((family) => family.name === name)?.samples[0]?.value;
}

const linksSchema = z.array(
  z.object({
    stats64: z.object({
      rx: z.object({ bytes: z.int(), packets: z.int(), errors: z.int(), dropped: z.int() }),
      tx: z.object({ bytes: z.int(), packets: z.int(), errors: z.int(), dropped: z.int() }),
    }),
  }),
);

test('the counters of a device are those of ip -s', { skip }, async () => {
  const value = await collect(createNetworkCollector(await host, { ignored_devices: '' }));
  const links = linksSchema.parse(JSON.parse(inside('ip', '-s', '-j', 'link', 'show', 'lo')));
  const { rx, tx } = links[0]!.stats64;
  assert.ok(rx.bytes > 15_000, `${rx.bytes} bytes went over the loopback`);
  for (const [direction, side] of [
    ['received', rx],
    ['transmitted', tx],
  ] as const) {
    assert.equal(value(`guard_network_${direction}_bytes_total`), side.bytes);
    assert.equal(value(`guard_network_${direction}_packets_total`), side.packets);
    assert.equal(value(`guard_network_${direction}_errors_total`), side.errors);
    assert.equal(value(`guard_network_${direction}_drops_total`), side.dropped);
  }
});

test('the sockets are those of ss -s and ss', { skip }, async () => {
  const files = await host;
  const tcp = await collect(createTcpCollector(files));
  const sockets = await collect(createSockstatCollector(files));
  const lines = (...args: readonly string[]) =>
    inside('ss', '-H', '-n', ...args)
      .split('\n')
      .filter((line) => line !== '').length;
  assert.equal(tcp('guard_tcp_established_connections'), CONNECTIONS * 2);
  assert.equal(lines('-t', 'state', 'established'), CONNECTIONS * 2);
  assert.equal(sockets('guard_tcp_sockets_in_use'), lines('-t', '-a', 'exclude', 'time-wait'));
  assert.equal(sockets('guard_tcp_time_wait_sockets'), lines('-t', 'state', 'time-wait'));
  assert.equal(sockets('guard_udp_sockets_in_use'), UDP_SOCKETS);
  const summary = inside('ss', '-s');
  const total = Number(/^Total: (\d+)/m.exec(summary)?.[1]);
  const orphaned = Number(/orphaned (\d+)/.exec(summary)?.[1]);
  const distance = Math.abs((sockets('guard_sockets_used') ?? Number.NaN) - total);
  assert.ok(distance <= SOCKETS_OF_TOOLS, `${distance} sockets apart`);
  assert.equal(sockets('guard_tcp_orphan_sockets'), orphaned);
});

test('the segments are those of nstat', { skip }, async () => {
  const tcp = await collect(createTcpCollector(await host));
  const nstat = inside('nstat', '-a', '-s', '-z');
  const byHand = (name: string) => Number(new RegExp(`^${name} +(\\d+)`, 'm').exec(nstat)?.[1]);
  assert.equal(tcp('guard_tcp_sent_segments_total'), byHand('TcpOutSegs'));
  assert.equal(tcp('guard_tcp_retransmitted_segments_total'), byHand('TcpRetransSegs'));
  assert.equal(tcp('guard_tcp_resets_sent_total'), byHand('TcpOutRsts'));
  assert.equal(tcp('guard_tcp_listen_overflows_total'), byHand('TcpExtListenOverflows'));
});
