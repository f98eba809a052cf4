// Against the real ss and procfs: children that send and receive on loopback, and what ss itself says of them.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MetricFamily } from '../../promformat/family.ts';
import { createSocketsCollector } from './sockets.ts';

const BYTES = 50 * 1024 * 1024;
const skip = spawnSync('ss', ['-V']).error === undefined ? false : 'ss is not installed';
const { signal } = new AbortController();
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
});

interface Child {
  readonly pid: number;
  /** What it wrote first. */
  readonly text: string;
}

async function startChild(script: string): Promise<Child> {
  const child = spawn(process.execPath, ['-e', `const net = require('net'); ${script}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const [chunk] = await once(child.stdout, 'data');
  assert.ok(child.pid !== undefined);
  return { pid: child.pid, text: String(chunk).trim() };
}

/** Answers each connection with so many bytes, and then waits for the other side to close. */
const startServer = (bytes: number, listen = "0, '127.0.0.1'") =>
  startChild(
    `const answer = Buffer.alloc(${bytes});
     const server = net.createServer((socket) => socket.on('error', () => {}).resume().write(answer));
     server.listen(${listen}, () => console.log(server.address().port));`,
  );

function createCollector(groups: ReadonlyMap<number, string>) {
  return createSocketsCollector({
    interval: 3600,
    procfs: '/proc',
    processes: { groupsByPid: async () => groups },
  });
}

interface Wanted {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

function valueIn(families: readonly MetricFamily[], { name, labels }: Wanted): number | undefined {
  const samples = families.find((family) => family.name === `guard_${name}`)?.samples ?? [];
  return samples.find((sample) =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )?.value;
}

const sentBy = (families: readonly MetricFamily[], group: string) =>
  valueIn(families, { name: 'process_network_transmitted_bytes_total', labels: { group } });

/** Looks until the owners are found: on a host with thousands of processes the search takes some looks. */
async function lookUntilFound(
  collector: ReturnType<typeof createCollector>,
  groups: readonly string[],
): Promise<MetricFamily[]> {
  for (let look = 0; look < 40; look += 1) {
    await collector.look();
    const families = await collector.collect(signal);
    if (groups.every((group) => sentBy(families, group) !== undefined)) return families;
  }
  assert.fail(`The owners of the connections of ${groups.join(', ')} were not found`);
}

const ss = (filter: string) =>
  execFileSync('ss', ['-tinHOae', ...filter.split(' ')], { encoding: 'utf8' });

test('50 MB over loopback are the bytes of their groups, equal to what ss prints', {
  skip,
}, async () => {
  const server = await startServer(BYTES);
  const groups = new Map([[server.pid, 'sender']]);
  const collector = createCollector(groups);
  await collector.look();
  const client = await startChild(
    `let left = ${BYTES};
     net.connect(${server.text}, '127.0.0.1', function () { this.write('please'); })
       .on('data', (chunk) => { left -= chunk.length; if (left === 0) console.log('all'); });`,
  );
  groups.set(client.pid, 'receiver');
  await sleep(100);
  const families = await lookUntilFound(collector, ['sender', 'receiver']);
  const sent = sentBy(families, 'sender')!;
  assert.ok(Math.abs(sent - BYTES) <= 0.02 * BYTES, `${sent} bytes sent`);
  assert.equal(sent, Number(/bytes_sent:(\d+)/.exec(ss(`sport = :${server.text}`))?.[1]));
  assert.equal(sentBy(families, 'receiver'), 6);
  const received = (group: string) =>
    valueIn(families, { name: 'process_network_received_bytes_total', labels: { group } });
  assert.deepEqual([received('receiver'), received('sender')], [BYTES, 6]);
  const established = { port: server.text, state: 'established' };
  assert.equal(valueIn(families, { name: 'tcp_connections', labels: established }), 1);
  await collector.look();
  assert.equal(sentBy(await collector.collect(signal), 'sender'), sent, 'nothing counts twice');
});

test('of many short connections nothing is counted twice, and the count never goes down', {
  skip,
}, async () => {
  const answerBytes = 10_000;
  const connections = 150;
  const server = await startServer(answerBytes);
  const collector = createCollector(new Map([[server.pid, 'short']]));
  await collector.look();
  const counts: number[] = [];
  for (let index = 0; index < connections; index += 1) {
    const socket = connect(Number(server.text), '127.0.0.1');
    let left = answerBytes;
    for await (const chunk of socket) {
      left -= (chunk as Buffer).length;
      if (left === 0) break;
    }
    if (index % 10 !== 0) continue;
    await collector.look();
    counts.push(sentBy(await collector.collect(signal), 'short') ?? 0);
  }
  assert.deepEqual(
    counts,
    counts.toSorted((a, b) => a - b),
  );
  assert.ok(counts.at(-1)! <= connections * answerBytes, `${counts.at(-1)} bytes`);
});

test('a full accept queue shows its length and its limit as ss prints them', { skip }, async () => {
  const server = await startServer(10, "{ port: 0, host: '127.0.0.1', backlog: 3 }");
  process.kill(server.pid, 'SIGSTOP');
  const clients = Array.from({ length: 8 }, () =>
    connect(Number(server.text), '127.0.0.1').on('error', () => {}),
  );
  await sleep(200);
  const collector = createCollector(new Map([[server.pid, 'stopped']]));
  const families = await lookUntilFound(collector, ['stopped']);
  // With a single state ss leaves out the column of states.
  const [queue, limit] = ss(`state listening sport = :${server.text}`).split(/\s+/).map(Number);
  const labels = { port: server.text };
  const length = valueIn(families, { name: 'tcp_listen_queue_length', labels });
  assert.ok(length !== undefined && length >= 3, `${length} in the queue`);
  const most = valueIn(families, { name: 'tcp_listen_queue_limit', labels });
  assert.deepEqual([length, most], [queue, limit]);
  assert.equal(most, 3);
  assert.notEqual(sentBy(families, 'stopped'), undefined, 'what waits belongs to the listener');
  for (const client of clients) client.destroy();
});
