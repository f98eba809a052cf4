// Our CPU, memory and file system metrics against vmstat, free and df, on this host.
//
// Bound: a counter is read before and after the tool, whose figure has to lie between the two; times are cut to ticks per CPU, so
// one tick per CPU is allowed beside. What goes up and down is compared with the nearest of a few tries, apart by the start-up
// of a process: sizes are equal, what is free or available differs by 5 % of the whole at most.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { createHostFiles } from '../sources/host-files.ts';
import type { Collector } from './collector.ts';
import { createCpuCollector } from './cpu.ts';
import { createFilesystemCollector } from './filesystem.ts';
import { filesystemConfigSchema } from './filesystem-config.ts';
import { createMemoryCollector } from './memory.ts';

const TRIES = 3;
const RELATIVE_BOUND = 0.05;
const TICK_SECONDS = 0.01;
const env = { ...process.env, LC_ALL: 'C' };
const files = createHostFiles({ procfs: '/proc', sysfs: '/sys', rootfs: '/' });
const missing = ['vmstat', 'free', 'df'].filter(
  (tool) => spawnSync(tool, ['--version']).status !== 0,
);
const skip = missing.length === 0 ? false : `not installed: ${missing.join(', ')}`;

interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

async function read(collector: Collector): Promise<(name: string) => readonly Reading[]> {
  const families = await collector.collect(new AbortController().signal);
  return (name) =>
    families.find((family) => family.name === `guard_${name}`)?.samples as readonly Reading[];
}

/** `28602382 CPU context switches` → the number by its words. */
function vmstat(): (words: string) => number {
  const text = execFileSync('vmstat', ['-s'], { encoding: 'utf8', env });
  return (words) => Number(new RegExp(`^ *(\\d+) (K )?${words}$`, 'm').exec(text)?.[1]);
}

function assertBetween(what: string, value: number, [low, high]: readonly number[]): void {
  assert.ok(value >= low! && value <= high!, `${what}: ${value} is not in [${low}, ${high}]`);
}

test('CPU seconds, context switches, forks and boot time are those of vmstat', {
  skip,
}, async () => {
  const collector = createCpuCollector(files);
  const before = await read(collector);
  const theirs = vmstat();
  const after = await read(collector);
  const cpus = new Set(before('cpu_seconds_total').map(({ labels }) => labels.cpu)).size;
  const slack = (cpus + 1) * TICK_SECONDS;
  const seconds = (of: typeof before, mode: string) =>
    of('cpu_seconds_total')
      .filter(({ labels }) => labels.mode === mode)
      .reduce((sum, { value }) => sum + value, 0);
  for (const [mode, words] of [
    ['user', 'non-nice user cpu ticks'],
    ['nice', 'nice user cpu ticks'],
    ['system', 'system cpu ticks'],
    ['idle', 'idle cpu ticks'],
    ['softirq', 'softirq cpu ticks'],
    ['steal', 'stolen cpu ticks'],
  ] as const) {
    const bounds = [seconds(before, mode) - slack, seconds(after, mode) + slack];
    assertBetween(mode, theirs(words) * TICK_SECONDS, bounds);
  }
  const range = (name: string) => [before(name)[0]!.value, after(name)[0]!.value];
  assertBetween(
    'context switches',
    theirs('CPU context switches'),
    range('context_switches_total'),
  );
  assertBetween('forks', theirs('forks'), range('forks_total'));
  assertBetween('boot time', theirs('boot time'), range('boot_time_seconds'));
});

/** Columns of free by row and name, in bytes. */
function free(): (row: string, column: string) => number {
  const [header = '', ...lines] = execFileSync('free', ['-b', '-w'], {
    encoding: 'utf8',
    env,
  }).split('\n');
  const columns = header.trim().split(/\s+/);
  return (row, column) => {
    const cells = lines.find((line) => line.startsWith(`${row}:`))?.split(/\s+/) ?? [];
    return Number(cells[columns.indexOf(column) + 1]);
  };
}

test('memory and swap are those of free', { skip }, async () => {
  const collector = createMemoryCollector(files);
  let different: string[] = [];
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    const ours = await read(collector);
    const theirs = free();
    const value = (name: string) => ours(name)[0]?.value ?? Number.NaN;
    assert.equal(value('memory_total_bytes'), theirs('Mem', 'total'));
    assert.equal(value('swap_total_bytes'), theirs('Swap', 'total'));
    const bound = theirs('Mem', 'total') * RELATIVE_BOUND;
    const pairs = [
      [value('memory_available_bytes'), theirs('Mem', 'available')],
      [value('memory_free_bytes'), theirs('Mem', 'free')],
      [value('memory_buffers_bytes'), theirs('Mem', 'buffers')],
      [value('swap_free_bytes'), theirs('Swap', 'free')],
    ] as const;
    different = pairs.flatMap(([mine, other]) =>
      Math.abs(mine - other) <= bound ? [] : [`${mine} is not ${other}`],
    );
    if (different.length === 0) break;
  }
  assert.deepEqual(different, []);
});

test('faults and swapping are counted as vmstat and the kernel count them', { skip }, async () => {
  const collector = createMemoryCollector(files);
  const before = await read(collector);
  const theirs = vmstat();
  const faults = Number(
    /^pgmajfault (\d+)$/m.exec(execFileSync('cat', ['/proc/vmstat'], { encoding: 'utf8' }))?.[1],
  );
  const after = await read(collector);
  const pageBytes = Number(execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }));
  const range = (name: string) => [before(name)[0]!.value, after(name)[0]!.value];
  assertBetween('major faults', faults, range('major_page_faults_total'));
  for (const way of ['in', 'out']) {
    const pages = theirs(`pages swapped ${way}`);
    assertBetween(`swapped ${way}`, pages * pageBytes, range(`swap_${way}_bytes_total`));
  }
});

test('sizes and space of file systems are those of df', { skip }, async () => {
  const config = filesystemConfigSchema.parse(undefined);
  const ours = await read(createFilesystemCollector({ files, config }));
  const columns = '--output=target,size,avail,itotal';
  const lines = execFileSync('df', ['-B1', columns, '/'], { encoding: 'utf8', env }).split('\n');
  const [, size, available, inodes] = (lines[1] ?? '').split(/\s+/).map(Number);
  const value = (name: string) =>
    ours(`filesystem_${name}`).find(({ labels }) => labels.mountpoint === '/')?.value;
  assert.equal(value('size_bytes'), size);
  assert.equal(value('inodes'), inodes);
  const distance = Math.abs((value('available_bytes') ?? Number.NaN) - available!);
  assert.ok(distance <= size! * RELATIVE_BOUND, `${distance} bytes apart`);
});
