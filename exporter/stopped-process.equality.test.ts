// What the exporter says of stopped processes against ps, ss and the files of the kernel read by hand: nothing moves meanwhile, so
// that equal means equal. The bounds of what moves are at the head of the other *.equality.test.ts.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type LiveExporter, sampleValue, startLiveExporter } from './live-exporter.contract.ts';

const TAG = `stopped-${process.pid}`;
const WORKER = `${TAG}-worker`;
const READER = `${TAG}-reader`;
const WRITER = `${TAG}-writer`;
const MAX_POLLS = 120;
const POLL_MS = 250;
const TOUCHED_BYTES = 16 * 1024 * 1024;
/** More than a receive buffer takes. */
const SENT_BYTES = 8 * 1024 * 1024;
/** Touches memory, writes a file to the disk, and switches contexts. */
const WORK = `
  const fs = require('node:fs');
  const held = Buffer.alloc(${TOUCHED_BYTES}, 1);
  const file = fs.openSync(process.argv[2], 'w');
  fs.writeSync(file, held);
  fs.fsyncSync(file);
  let count = 0;
  const timer = setInterval(() => { if ((count += 1) === 50) { clearInterval(timer); console.log('ready'); setInterval(() => {}, 1000); } }, 1);
`;
/** Accepts one connection and reads nothing of it. */
const READ = `
  const server = require('node:net').createServer({ pauseOnConnect: true }, () => console.log('connected'));
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;
const WRITE = `
  const socket = require('node:net').connect(Number(process.argv[2]), '127.0.0.1', () => {
    socket.write(Buffer.alloc(${SENT_BYTES}));
    setTimeout(() => console.log('written'), 300);
  });
  setInterval(() => {}, 1000);
`;

const has = (tool: string) => spawnSync(tool, ['-V']).status === 0;
const skip =
  process.platform !== 'linux' || !has('ps') ? 'there is no procfs or no ps (procps)' : false;
const skipSs = skip || (has('ss') ? false : 'ss is not installed (iproute2)');
/** Unlike /tmp it is never in memory, see hier(7). */
const folder = mkdtempSync('/var/tmp/guard-stopped-');
const children: ChildProcess[] = [];
let exporter: LiveExporter | undefined;
after(async () => {
  await exporter?.stop();
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, maxRetries: 3 });
});

async function startExporter(): Promise<LiveExporter> {
  const groups = [WORKER, READER, WRITER].map((name) => `{name: ${name}, cmdline: [${name}]}`);
  const config = `process: {strict: true, groups: [${groups.join(', ')}]}\nsockets: {interval: 1s}\n`;
  exporter ??= await startLiveExporter(config);
  return exporter;
}

interface Child {
  readonly pid: number;
  /** Its next line. */
  next(): Promise<string>;
  freeze(): Promise<void>;
}

function start(script: string, ...args: readonly string[]): Child {
  const child = spawn(process.execPath, ['-e', script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const pid = child.pid ?? 0;
  return {
    pid,
    next: async () => String((await once(child.stdout, 'data'))[0]).trim(),
    async freeze() {
      process.kill(pid, 'SIGSTOP');
      while (!ps(pid, 'stat').startsWith('T')) await sleep(10);
    },
  };
}

const ps = (pid: number, column: string) =>
  execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();

/** The sum of a row over the files, as `voluntary_ctxt_switches:\t12`. */
function sumOf(files: readonly string[], row: string): number {
  const texts = files.map((file) => readFileSync(file, 'utf8'));
  return texts.reduce(
    (sum, text) => sum + Number(new RegExp(`^${row}:\\s+(\\d+)`, 'm').exec(text)?.[1]),
    0,
  );
}

test('faults, bytes, context switches, threads and files are those of ps and the kernel', {
  skip,
}, async () => {
  const { scrape } = await startExporter();
  const worker = start(WORK, WORKER, join(folder, 'data'));
  assert.equal(await worker.next(), 'ready');
  await worker.freeze();
  const text = await scrape('process');
  const value = (name: string, more = '') =>
    sampleValue(text, `guard_process_${name}{group="${WORKER}"${more}}`);
  const tasks = globSync(`/proc/${worker.pid}/task/*/status`);
  assert.ok(tasks.length > 1);
  const io = [`/proc/${worker.pid}/io`];
  assert.equal(value('minor_page_faults_total'), Number(ps(worker.pid, 'min_flt')));
  assert.equal(value('major_page_faults_total'), Number(ps(worker.pid, 'maj_flt')));
  assert.equal(value('read_bytes_total'), sumOf(io, 'read_bytes'));
  assert.equal(value('written_bytes_total'), sumOf(io, 'write_bytes'));
  assert.ok(Number(value('written_bytes_total')) >= TOUCHED_BYTES);
  const switches = (kind: string) => value('context_switches_total', `,kind="${kind}"`);
  assert.equal(switches('voluntary'), sumOf(tasks, 'voluntary_ctxt_switches'));
  assert.equal(switches('involuntary'), sumOf(tasks, 'nonvoluntary_ctxt_switches'));
  assert.equal(value('threads'), Number(ps(worker.pid, 'nlwp')));
  assert.equal(value('open_fds'), globSync(`/proc/${worker.pid}/fd/*`).length);
});

/** Receive and send queue of the connection that has this local or remote port, as ss prints them. */
function queuesOf(filter: string): readonly number[] {
  const line = execFileSync('ss', ['-tnHO', 'state', 'established', ...filter.split(' ')], {
    encoding: 'utf8',
  });
  return line.trim().split(/\s+/).slice(0, 2).map(Number);
}

/** What has arrived and what was not acknowledged yet, once the kernel has no acknowledgement left to send. */
async function settledQueues(port: string): Promise<readonly (number | undefined)[]> {
  let before: readonly (number | undefined)[] = [];
  for (let poll = 0; poll < MAX_POLLS; poll += 1) {
    const now = [queuesOf(`sport = :${port}`)[0], queuesOf(`dport = :${port}`)[1]];
    if (before.length > 0 && now.every((bytes, index) => bytes === before[index])) return now;
    before = now;
    await sleep(POLL_MS);
  }
  assert.fail('the queues never settled');
}

test('queues of connections and their number per port are those of ss', {
  skip: skipSs,
}, async () => {
  const { scrape } = await startExporter();
  const reader = start(READ, READER);
  const port = await reader.next();
  const writer = start(WRITE, WRITER, port);
  assert.equal(await reader.next(), 'connected');
  assert.equal(await writer.next(), 'written');
  await reader.freeze();
  await writer.freeze();
  const [received, unsent] = await settledQueues(port);
  assert.ok(Number(received) > 0 && Number(unsent) > 0, `${received}, ${unsent}`);
  const queue = (text: string, group: string, way: string) =>
    sampleValue(text, `guard_process_tcp_${way}_queue_bytes{group="${group}"}`);
  let text = '';
  for (let poll = 0; poll < MAX_POLLS; poll += 1) {
    text = await scrape('process', 'sockets');
    if (queue(text, READER, 'receive') === received && queue(text, WRITER, 'send') === unsent)
      break;
    await sleep(POLL_MS);
  }
  assert.equal(queue(text, READER, 'receive'), received);
  assert.equal(queue(text, WRITER, 'send'), unsent);
  const sent = `guard_process_network_transmitted_bytes_total{group="${WRITER}"}`;
  const acked = execFileSync('ss', ['-tinHO', `dport = :${port}`], { encoding: 'utf8' });
  assert.equal(sampleValue(text, sent), Number(/bytes_sent:(\d+)/.exec(acked)?.[1]));
  const listening = new RegExp(
    `^guard_tcp_connections\\{port="${port}",state="established"\\} 1$`,
    'm',
  );
  assert.match(text, listening);
});
