// Against the real procfs, with children that do one thing each.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MetricFamily } from '../../promformat/family.ts';
import { THREAD_STATES } from './counters.ts';
import { createProcessCollector } from './process.ts';

const TMPFS_MAGIC = 0x01021994;
const skip = existsSync('/proc/self/schedstat') ? false : 'no procfs here';
const children: ChildProcess[] = [];
const folder = mkdtempSync(join(tmpdir(), 'guard-live-'));
const { signal } = new AbortController();

after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** A Node.js child that says "ready" and then does nothing more; its group is its name. */
async function startChild(name: string, script: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    [
      '-e',
      `process.title = '${name}'; ${script}; console.log('ready'); setInterval(() => {}, 1e9)`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  children.push(child);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child;
}

const createCollector = () =>
  createProcessCollector({ procfs: '/proc', groups: [], maxGroups: 10_000, topProcesses: 3 });

interface Wanted {
  readonly name: string;
  readonly group: string;
  readonly label?: string;
}

/** The sum over the samples of a group, or of those with one more label value. */
function sumOf(families: readonly MetricFamily[], { name, group, label }: Wanted): number {
  const samples = families.find((family) => family.name === `guard_process_${name}`)?.samples ?? [];
  return samples
    .filter(({ labels }) => labels.group === group)
    .filter(({ labels }) => label === undefined || Object.values(labels).includes(label))
    .reduce((sum, { value }) => sum + value, 0);
}

function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

test('CPU time of a burner is what the kernel says', { skip }, async () => {
  const group = 'guard-burner';
  const { pid } = await startChild(
    group,
    'const end = Date.now() + 1000; while (Date.now() < end) {}',
  );
  const families = await createCollector().collect(signal);
  const seconds = sumOf(families, { name: 'cpu_seconds_total', group });
  assert.ok(Math.abs(seconds - cpuSecondsOf(pid!)) <= 0.1, `${seconds} s`);
  assert.ok(seconds > 0.05);
  assert.equal(sumOf(families, { name: 'processes', group }), 1);
  assert.ok(sumOf(families, { name: 'resident_memory_bytes', group }) > 10_000_000);
  assert.ok(sumOf(families, { name: 'threads', group }) > 1);
});

test('bytes that were made durable are counted', { skip }, async (context) => {
  if (statfsSync(folder).type === TMPFS_MAGIC) return context.skip('the folder is in memory');
  const group = 'guard-writer';
  await startChild(
    group,
    `const fs = require('fs'); const file = fs.openSync('${join(folder, 'written')}', 'w');
     for (let n = 0; n < 8; n += 1) { fs.writeSync(file, Buffer.alloc(262144, n)); fs.fsyncSync(file); }`,
  );
  const families = await createCollector().collect(signal);
  const written = sumOf(families, { name: 'written_bytes_total', group });
  assert.ok(written >= 2_097_152 && written < 16_000_000, `${written} bytes`);
});

test('a thread that waits for a futex shows as lock, and the budget adds up', {
  skip,
}, async () => {
  const group = 'guard-waiter';
  await startChild(
    group,
    `new (require('worker_threads').Worker)(
       'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)', { eval: true })`,
  );
  await sleep(500);
  const collector = createCollector();
  await collector.collect(signal);
  collector.start();
  const startedAt = performance.now();
  const threads: number[] = [];
  let families: MetricFamily[] = [];
  for (let round = 0; round < 3; round += 1) {
    await sleep(300);
    families = await collector.collect(signal);
    threads.push(sumOf(families, { name: 'threads', group }));
  }
  const elapsed = (performance.now() - startedAt) / 1000;
  await collector.stop();
  const share = (label: string) =>
    sumOf(families, { name: 'thread_seconds_total', group, label }) / elapsed;
  assert.ok(share('lock') > 0.5, `${share('lock')} threads in lock`);
  assert.ok(share('sleeping') > 0.5, `${share('sleeping')} threads asleep`);
  const sum = THREAD_STATES.reduce((total, state) => total + share(state), 0);
  const count = threads.reduce((total, one) => total + one, 0) / threads.length;
  assert.ok(Math.abs(sum - count) < 0.15 * count, `${sum} of ${count} threads`);
});

test('a sleeper sleeps and its counters stand still', { skip }, async () => {
  const group = 'guard-sleeper';
  await startChild(group, '');
  const collector = createCollector();
  const before = await collector.collect(signal);
  await sleep(400);
  const families = await collector.collect(signal);
  const grown = (name: string) => sumOf(families, { name, group }) - sumOf(before, { name, group });
  assert.ok(grown('cpu_seconds_total') <= 0.1);
  assert.ok(grown('written_bytes_total') === 0);
  assert.ok(sumOf(families, { name: 'busiest_thread_ratio', group }) < 0.5);
  assert.ok(sumOf(families, { name: 'thread_seconds_total', group, label: 'sleeping' }) > 0.2);
});
