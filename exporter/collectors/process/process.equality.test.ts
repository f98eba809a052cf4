// Our process metrics against ps, pidstat and smaps_rollup, with a child of our own; both backends.
//
// What stands still (a stopped process) is equal but for the kernel's own inaccuracy: it keeps resident pages in counters per
// CPU and adds them up late, so that status and smaps_rollup may differ by 2 MiB; ps prints whole seconds of CPU time.
// What moves is compared over the same two seconds, apart by the start-up of a process: 25 %, in one of a few tries.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import type { Collector } from '../collector.ts';
import { createPortableProcessCollector } from './portable.ts';
import { createProcessCollector } from './process.ts';

const INTERVAL_SECONDS = 2;
const TRIES = 5;
const RELATIVE_BOUND = 0.25;
const RESIDENT_BOUND_BYTES = 2 * 1024 * 1024;
const GROUP = `equality-${process.pid}`;
/** Runs, writes past the page cache, and holds some memory, for as long as its parent lives. */
const WORK = `
  process.title = process.argv[1];
  const fs = require('node:fs');
  const held = Buffer.alloc(32 * 1024 * 1024, 1);
  const file = fs.openSync(process.argv[2], 'w');
  const parent = process.ppid;
  console.log('ready');
  while (process.ppid === parent) {
    const end = performance.now() + 10;
    while (performance.now() < end);
    fs.writeSync(file, held, 0, 65536, 0);
    fs.fdatasyncSync(file);
  }
`;

const hasProcfs = process.platform === 'linux' && spawnSync('ps', ['-V']).status === 0;
const skip = hasProcfs ? false : 'there is no procfs or no ps (package procps)';
const skipPidstat =
  skip ||
  (spawnSync('pidstat', ['-V']).status !== 0 && 'pidstat is not installed (package sysstat)');

/** Unlike /tmp it is never in memory, see hier(7). */
const folder = mkdtempSync('/var/tmp/guard-process-');
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});

async function startWork(): Promise<number> {
  const args = ['-e', WORK, GROUP, join(folder, 'data')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout, 'data');
  assert.ok(child.pid !== undefined);
  return child.pid;
}

const limits = { groups: [], maxGroups: 10_000, topProcesses: 3 };
const createProcfs = () => createProcessCollector({ procfs: '/proc', strict: true, ...limits });

type Value = (name: string, label?: string) => number | undefined;

async function collect(collector: Collector): Promise<Value> {
  const families = await collector.collect(new AbortController().signal);
  return (name, label) =>
    families
      .find((family) => family.name === `guard_process_${name}`)
      ?.samples.find(
        ({ labels }) =>
          labels.group === GROUP && (label === undefined || Object.values(labels).includes(label)),
      )?.value;
}

const ps = (pid: number, column: string) =>
  execFileSync('ps', ['-o', `${column}=`, '-p', String(pid)], { encoding: 'utf8' }).trim();

function assertNear(value: number | undefined, expected: number, bound: number): void {
  const distance = Math.abs((value ?? Number.NaN) - expected);
  assert.ok(distance <= bound, `${value} is not ${expected} ± ${bound}`);
}

async function stopWork(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  while (!ps(pid, 'stat').startsWith('T')) await new Promise((resolve) => setImmediate(resolve));
}

test('a stopped process is what ps and smaps_rollup say', { skip }, async () => {
  const pid = await startWork();
  await stopWork(pid);
  const value = await collect(createProcfs());
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const rollupBytes = (field: string) =>
    Number(new RegExp(`^${field}: +(\\d+) kB$`, 'm').exec(rollup)?.[1]) * 1024;
  assertNear(value('resident_memory_bytes'), Number(ps(pid, 'rss')) * 1024, RESIDENT_BOUND_BYTES);
  assertNear(value('resident_memory_bytes'), rollupBytes('Rss'), RESIDENT_BOUND_BYTES);
  assertNear(value('anonymous_memory_bytes'), rollupBytes('Anonymous'), RESIDENT_BOUND_BYTES);
  assert.equal(value('virtual_memory_bytes'), Number(ps(pid, 'vsz')) * 1024);
  assert.equal(value('threads'), Number(ps(pid, 'nlwp')));
  assert.equal(value('open_fds'), readdirSync(`/proc/${pid}/fd`).length);
  const cpuSeconds =
    (value('cpu_seconds_total', 'user') ?? Number.NaN) +
    (value('cpu_seconds_total', 'system') ?? Number.NaN);
  assertNear(cpuSeconds, Number(ps(pid, 'cputimes')) + 0.5, 0.55);
  const age = Date.now() / 1000 - (value('oldest_start_time_seconds') ?? Number.NaN);
  assertNear(age, Number(ps(pid, 'etimes')), 2);
  process.kill(pid, 'SIGKILL');
});

test('the portable backend sees the same of a stopped process', { skip }, async () => {
  const pid = await startWork();
  await stopWork(pid);
  const procfs = await collect(createProcfs());
  const backend = createPortableProcessCollector({
    ...limits,
    groups: [{ name: GROUP, cmdline: [GROUP] }],
  });
  const portable = await collect(backend);
  await backend.stop();
  const sum =
    (procfs('cpu_seconds_total', 'user') ?? Number.NaN) +
    (procfs('cpu_seconds_total', 'system') ?? Number.NaN);
  assertNear(portable('cpu_seconds_total', 'unknown'), sum, 0.02);
  const resident = procfs('resident_memory_bytes') ?? Number.NaN;
  assertNear(portable('resident_memory_bytes'), resident, RESIDENT_BOUND_BYTES);
  assert.equal(portable('processes'), procfs('processes'));
  const start = procfs('oldest_start_time_seconds') ?? Number.NaN;
  assertNear(portable('oldest_start_time_seconds'), start, 2);
  process.kill(pid, 'SIGKILL');
});

/** Columns by name of one report over the interval. */
async function pidstat(pid: number): Promise<ReadonlyMap<string, number>> {
  const args = ['-h', '-u', '-d', '-p', String(pid), String(INTERVAL_SECONDS), '1'];
  const env = { ...process.env, LC_ALL: 'C' };
  const { stdout } = await promisify(execFile)('pidstat', args, { env });
  const lines = stdout.split('\n');
  const header = lines.findIndex((line) => line.startsWith('#'));
  const names = lines[header]?.split(/\s+/).slice(1) ?? [];
  const values = lines[header + 1]?.trim().split(/\s+/) ?? [];
  return new Map(names.map((name, index) => [name, Number(values[index])]));
}

test('a running process is what pidstat says', { skip: skipPidstat }, async (t) => {
  const pid = await startWork();
  const collector = createProcfs();
  const read = async () => {
    const at = performance.now() / 1000;
    const value = await collect(collector);
    return { at, of: (name: string, label?: string) => value(name, label) ?? Number.NaN };
  };
  let different: string[] = [];
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const from = await read();
    const theirs = await pidstat(pid);
    const to = await read();
    const rate = (name: string, label?: string) =>
      (to.of(name, label) - from.of(name, label)) / (to.at - from.at);
    const ours = {
      '%usr': rate('cpu_seconds_total', 'user') * 100,
      '%CPU': (rate('cpu_seconds_total', 'user') + rate('cpu_seconds_total', 'system')) * 100,
      'kB_wr/s': rate('written_bytes_total') / 1024,
    };
    t.diagnostic(`pidstat ${JSON.stringify([...theirs])}, ours ${JSON.stringify(ours)}`);
    different = Object.entries(ours).flatMap(([column, value]) => {
      const expected = theirs.get(column) ?? Number.NaN;
      const near = Math.abs(value - expected) <= Math.max(2, expected * RELATIVE_BOUND);
      return near ? [] : [`${column}: ${value} is not ${expected}`];
    });
    if (different.length === 0) break;
  }
  assert.deepEqual(different, []);
  process.kill(pid, 'SIGKILL');
});
