import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MetricFamily } from '../../promformat/family.ts';
import type { SocketFiles } from '../../sources/socket-files.ts';
import { NoDataError } from '../collector.ts';
import { type DumpedSocket, dumpOf } from './dump.contract.ts';
import { createSocketsCollector, type SocketsCollectorOptions } from './sockets.ts';

const { signal } = new AbortController();
const LISTEN = 10;
/** pid → inodes of its sockets. */
type Holders = Readonly<Record<number, readonly number[]>>;

const filesOf = (holders: Holders): SocketFiles => ({
  listProcesses: () => Object.keys(holders).map(Number),
  isAlive: (pid) => pid in holders,
  listFiles: (pid) => (holders[pid] ?? []).map(String),
  readFile: (_pid, file) => `socket:[${file}]`,
});

function createCollector(options: Partial<SocketsCollectorOptions>) {
  return createSocketsCollector({
    interval: 3600,
    procfs: '/nonexistent',
    processes: { groupsByPid: async () => new Map([[10, 'web']]) },
    files: filesOf({ 10: [100, 101] }),
    ...options,
  });
}

/** Answers one dump after the other, the last one again and again. */
function replay(...dumps: readonly (readonly DumpedSocket[])[]) {
  let next = 0;
  return async () => {
    const sockets = dumps[Math.min(next, dumps.length - 1)]!;
    next += 1;
    return { bytes: dumpOf(sockets), truncated: false };
  };
}

const firstValue = (families: readonly MetricFamily[], name: string): number | undefined =>
  families.find((family) => family.name === `guard_${name}`)?.samples[0]?.value;

test('the bytes of a process go to its group', async () => {
  const connection = { cookie: 1, inode: 100 };
  const collector = createCollector({
    readDump: replay([], [{ ...connection, sentBytes: 300, receivedBytes: 40 }]),
  });
  await collector.look();
  await collector.look();
  const families = await collector.collect(signal);
  const sent = families.find(
    ({ name }) => name === 'guard_process_network_transmitted_bytes_total',
  );
  assert.deepEqual(sent?.samples, [{ labels: { group: 'web' }, value: 300 }]);
  assert.equal(firstValue(families, 'process_network_received_bytes_total'), 40);
  assert.equal(firstValue(families, 'process_network_unattributed_transmitted_bytes_total'), 0);
});

test('a connection that nobody has accepted yet belongs to who listens on the port', async () => {
  const listener = { cookie: 1, inode: 100, state: LISTEN, localPort: 80 };
  const waiting = { cookie: 2, inode: 0, localPort: 80, receivedBytes: 7 };
  const collector = createCollector({ readDump: replay([listener], [listener, waiting]) });
  await collector.look();
  await collector.look();
  const families = await collector.collect(signal);
  assert.equal(firstValue(families, 'process_network_received_bytes_total'), 7);
});

test('without process groups the traffic is nobody’s, and the ports are there', async () => {
  const collector = createCollector({
    processes: { groupsByPid: () => Promise.reject(new NoDataError('no_process_groups', 'none')) },
    readDump: replay(
      [],
      [
        { cookie: 1, inode: 100, state: LISTEN },
        { cookie: 2, sentBytes: 9 },
      ],
    ),
  });
  await collector.look();
  await collector.look();
  const families = await collector.collect(signal);
  assert.equal(firstValue(families, 'process_network_transmitted_bytes_total'), undefined);
  assert.equal(firstValue(families, 'process_network_unattributed_transmitted_bytes_total'), 9);
  assert.equal(firstValue(families, 'tcp_ports_dropped'), 0);
  const unknown = families.find(({ name }) => name.endsWith('unattributed_sockets'))?.samples;
  assert.deepEqual(unknown, [{ labels: { reason: 'no_process_groups' }, value: 1 }]);
});

test('a process that has no group yet keeps its bytes until it has one', async () => {
  const groups = new Map<number, string>();
  const collector = createCollector({
    processes: { groupsByPid: async () => groups },
    readDump: replay([], [{ cookie: 1, inode: 100, sentBytes: 5 }]),
  });
  await collector.look();
  await collector.look();
  assert.equal(
    firstValue(await collector.collect(signal), 'process_network_transmitted_bytes_total'),
    undefined,
  );
  groups.set(10, 'late');
  await collector.look();
  assert.equal(
    firstValue(await collector.collect(signal), 'process_network_transmitted_bytes_total'),
    5,
  );
});

test('a dump that was cut tells traffic but no counts of connections', async () => {
  const sockets: DumpedSocket[] = [{ cookie: 1, inode: 100, state: LISTEN }, { cookie: 2 }];
  const collector = createCollector({
    readDump: async () => ({ bytes: dumpOf(sockets).subarray(0, -40), truncated: true }),
  });
  const families = await collector.collect(signal);
  assert.equal(firstValue(families, 'tcp_connections'), undefined);
  assert.equal(firstValue(families, 'process_network_unattributed_transmitted_bytes_total'), 0);
});

test('an end that nobody asked for is a failure', async () => {
  const collector = createCollector({
    readDump: async () => ({ bytes: dumpOf([{}]).subarray(0, -40), truncated: false }),
  });
  await assert.rejects(collector.collect(signal), /ss ended before the list of sockets did/);
});

test('a failure is told until a look succeeds again', async () => {
  let fails = true;
  const collector = createCollector({
    readDump: async () => {
      if (fails) throw new NoDataError('not_installed', 'Cannot run ss: ENOENT');
      return { bytes: dumpOf([]), truncated: false };
    },
  });
  await assert.rejects(collector.collect(signal), { name: 'NoDataError', reason: 'not_installed' });
  fails = false;
  await collector.look();
  assert.ok((await collector.collect(signal)).length > 0);
});

test('looks never overlap, and a scrape does not take one of its own', async () => {
  let [running, most, looks] = [0, 0, 0];
  const collector = createCollector({
    interval: 0.01,
    readDump: async () => {
      running += 1;
      looks += 1;
      most = Math.max(most, running);
      await sleep(20);
      running -= 1;
      return { bytes: dumpOf([]), truncated: false };
    },
  });
  collector.start();
  await Promise.all([collector.collect(signal), collector.collect(signal), collector.look()]);
  assert.equal(looks, 1);
  await sleep(100);
  await collector.stop();
  assert.ok(looks > 1);
  assert.equal(most, 1);
  const after = looks;
  await sleep(50);
  assert.equal(looks, after, 'nothing goes on after stop');
});

test('stop ends a look that hangs', async () => {
  const collector = createCollector({
    readDump: (stop) =>
      new Promise((_, reject) => {
        stop.addEventListener('abort', () => reject(stop.reason));
      }),
  });
  collector.start();
  await collector.stop();
  await assert.rejects(collector.collect(signal), { name: 'AbortError' });
});
