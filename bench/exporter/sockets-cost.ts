// What one look at all TCP sockets costs: CPU of the exporter and of ss, by number of connections, idle and with new ones.
// Run: node bench/exporter/sockets-cost.ts [looks]
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createSocketsCollector } from '../../exporter/collectors/sockets/sockets.ts';

const SOCKETS = [0, 200, 1000];
const LOOKS = Number(process.argv[2] ?? 40);
const INTERVAL_SECONDS = 15;
const TICKS_PER_SECOND = 100;
/** Of an HTTP keep-alive population: so much is replaced between two looks. */
const REPLACED_RATIO = 0.1;

const server = createServer((socket) => socket.resume().on('error', () => {}));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', 1024, resolve));

const clients: Socket[] = [];
console.log(`${LOOKS} looks each; sockets of others on this host are seen too`);
for (const count of SOCKETS) {
  while (clients.length < count / 2) clients.push(await open(server));
  console.log(`${count} sockets, idle: ${await measure(0)}`);
  if (count > 0) console.log(`${count} sockets, 10 % new: ${await measure(REPLACED_RATIO)}`);
}
console.log(`ss alone, ${clients.length * 2} sockets, by the way of asking:`);
for (const options of ['-ta -i -n --diag=-', '-tinHOea', '-tinHOpa', '-V']) {
  console.log(`ss ${options}: ${measureTool(options.split(' '))}`);
}
for (const client of clients) client.destroy();
server.close();

async function measure(replacedRatio: number): Promise<string> {
  const collector = createSocketsCollector({
    interval: INTERVAL_SECONDS,
    procfs: '/proc',
    processes: { groupsByPid: async () => new Map([[process.pid, 'bench']]) },
  });
  for (let warmUp = 0; warmUp < 5; warmUp += 1) await collector.look();
  let selfMs = 0;
  const childrenBefore = childrenSeconds();
  for (let round = 0; round < LOOKS; round += 1) {
    await replace(Math.round(clients.length * replacedRatio));
    const before = process.cpuUsage();
    await collector.look();
    const { user, system } = process.cpuUsage(before);
    selfMs += (user + system) / 1000 / LOOKS;
  }
  const childMs = ((childrenSeconds() - childrenBefore) * 1000) / LOOKS;
  await collector.stop();
  const ratio = (selfMs + childMs) / 1000 / INTERVAL_SECONDS;
  return (
    `exporter ${selfMs.toFixed(2)} ms + ss ${childMs.toFixed(2)} ms per look` +
    ` = ${(ratio * 100).toFixed(3)} % of a CPU at one look per ${INTERVAL_SECONDS} s`
  );
}

/** The raw messages that the collector reads, the same as text, the same with processes, and the start alone. */
function measureTool(options: readonly string[]): string {
  const before = childrenSeconds();
  let bytes = 0;
  for (let round = 0; round < LOOKS; round += 1) {
    bytes = spawnSync('ss', options, { maxBuffer: 64 * 1024 * 1024 }).stdout.length;
  }
  const ms = ((childrenSeconds() - before) * 1000) / LOOKS;
  return `${ms.toFixed(2)} ms, ${bytes} bytes`;
}

async function replace(count: number): Promise<void> {
  for (const client of clients.splice(0, count)) client.destroy();
  for (let opened = 0; opened < count; opened += 1) clients.push(await open(server));
}

function open(to: Server): Promise<Socket> {
  const address = to.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return new Promise((resolve, reject) => {
    const socket = connect(address.port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Of ended children, in clock ticks of 10 ms: only the sum over many looks says something. */
function childrenSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').replace(/.*\) /s, '').split(' ');
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}
