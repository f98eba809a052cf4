import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import type { MetricFamily } from '../../promformat/family.ts';
import { NoDataError } from '../collector.ts';
import { createProcessCollector, type ProcessCollectorOptions } from './process.ts';

const FIXTURE = join(import.meta.dirname, '../../fixtures/process/proc');
const root = mkdtempSync(join(tmpdir(), 'guard-process-'));
const { signal } = new AbortController();
let seconds = 0;
let procfs = '';

beforeEach((context) => {
  procfs = join(root, context.name.replace(/\W+/g, '-'));
  cpSync(FIXTURE, procfs, { recursive: true, verbatimSymlinks: true });
});
after(() => rmSync(root, { recursive: true }));

const create = (options: Partial<ProcessCollectorOptions> = {}) =>
  createProcessCollector({
    procfs,
    groups: [],
    maxGroups: 500,
    topProcesses: 10,
    clock: () => seconds,
    wallClock: () => 1_700_001_000,
    ...options,
  });

/** Samples as lines, such as `name{group=x} 1`, of one family. */
function lines(families: readonly MetricFamily[], name: string): string[] {
  const family = families.find((one) => one.name === name);
  return (family?.samples ?? []).map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}=${text}`);
    return `${pairs.join(' ')} ${Number(value.toFixed(6))}`.trim();
  });
}

const sorted = (families: readonly MetricFamily[], name: string) => lines(families, name).sort();

test('one reading of three processes', async () => {
  const families = await create().collect(signal);
  const expect = (name: string, want: string[]) =>
    assert.deepEqual(sorted(families, `guard_process_${name}`), want, name);
  expect('cpu_seconds_total', [
    'group=kernel:kworker mode=system 0.3',
    'group=kernel:kworker mode=user 0',
    'group=node:shop/server.js mode=system 3',
    'group=node:shop/server.js mode=user 12',
    'group=systemd mode=system 0.5',
    'group=systemd mode=user 1.5',
  ]);
  expect('resident_memory_bytes', [
    'group=kernel:kworker 0',
    'group=node:shop/server.js 92160000',
    'group=systemd 12288000',
  ]);
  expect('swap_memory_bytes', [
    'group=kernel:kworker 0',
    'group=node:shop/server.js 131072',
    'group=systemd 0',
  ]);
  expect('written_bytes_total', [
    'group=kernel:kworker 0',
    'group=node:shop/server.js 2097152',
    'group=systemd 8192',
  ]);
  expect('context_switches_total', [
    'group=kernel:kworker kind=involuntary 0',
    'group=kernel:kworker kind=voluntary 900',
    'group=node:shop/server.js kind=involuntary 1060',
    'group=node:shop/server.js kind=voluntary 8440',
    'group=systemd kind=involuntary 1000',
    'group=systemd kind=voluntary 4000',
  ]);
  expect('fd_limit_used_ratio', [
    'group=kernel:kworker 0',
    'group=node:shop/server.js 0.5',
    'group=systemd 0.003906',
  ]);
  expect('threads', ['group=kernel:kworker 1', 'group=node:shop/server.js 3', 'group=systemd 1']);
  expect('oldest_start_time_seconds', [
    'group=kernel:kworker 1700000000.1',
    'group=node:shop/server.js 1700000500',
    'group=systemd 1700000000.01',
  ]);
  expect('info', [
    'group=node:shop/server.js exe=/usr/bin/node 1',
    'group=systemd exe=/usr/lib/systemd/systemd 1',
  ]);
  expect('top_resident_memory_bytes', [
    'group=node:shop/server.js pid=700 comm=MainThread 92160000',
    'group=systemd pid=1 comm=systemd 12288000',
  ]);
  expect('groups_dropped', ['0']);
  expect('top_cpu_ratio', []);
  assert.ok(!JSON.stringify(families).includes('s3cret'), 'no argument leaves the host');
});

test('the next reading tells where the time of the threads went', async () => {
  const collector = create();
  await collector.collect(signal);
  seconds += 10;
  writeFileSync(join(procfs, '700/task/701/schedstat'), '5600000000 1020000000 400\n');
  const families = await collector.collect(signal);
  assert.deepEqual(
    lines(families, 'guard_process_thread_seconds_total').filter((line) => line.includes('node')),
    [
      'group=node:shop/server.js state=running 5',
      'group=node:shop/server.js state=runnable 1',
      'group=node:shop/server.js state=disk 10',
      'group=node:shop/server.js state=lock 4',
      'group=node:shop/server.js state=paging 0',
      'group=node:shop/server.js state=sleeping 10',
    ],
  );
  assert.ok(
    lines(families, 'guard_process_busiest_thread_ratio').includes('group=node:shop/server.js 0.5'),
  );
});

test('looks between two scrapes share the time out', async () => {
  const collector = create({ cpuClock: () => 0 });
  await collector.collect(signal);
  const state = (text: string) => writeFileSync(join(procfs, '700/task/702/wchan'), text);
  for (const channel of ['jbd2_log_wait_commit', 'kernel_clone', 'kernel_clone']) {
    state(channel);
    seconds += 2.5;
    assert.ok(collector.sample() > 0);
  }
  seconds += 2.5;
  const families = await collector.collect(signal);
  const disk = lines(families, 'guard_process_thread_seconds_total').filter((line) =>
    line.includes('state=disk'),
  );
  assert.ok(disk.includes('group=node:shop/server.js state=disk 5'), disk.join());
});

test('a group leaves with its last process and goes on when it comes back', async () => {
  const collector = create();
  await collector.collect(signal);
  renameSync(join(procfs, '700'), join(procfs, 'gone'));
  seconds += 5;
  assert.equal(JSON.stringify(await collector.collect(signal)).includes('shop'), false);
  renameSync(join(procfs, 'gone'), join(procfs, '701'));
  seconds += 5;
  const families = await collector.collect(signal);
  assert.ok(
    lines(families, 'guard_process_read_bytes_total').includes(
      `group=node:shop/server.js ${2 * 1_048_576}`,
    ),
  );
});

test('a family is left out for a group when it is unreadable for one member', async () => {
  cpSync(join(procfs, '1'), join(procfs, '2'), { recursive: true, verbatimSymlinks: true });
  rmSync(join(procfs, '2/io'));
  const families = await create().collect(signal);
  assert.deepEqual(
    sorted(families, 'guard_process_read_bytes_total').map((line) => line.split(' ')[0]),
    ['group=kernel:kworker', 'group=node:shop/server.js'],
  );
  assert.ok(
    lines(families, 'guard_process_cpu_seconds_total').includes('group=systemd mode=user 3'),
  );
  assert.ok(lines(families, 'guard_process_unreadable').includes('file=io 1'));
});

test('more groups than allowed: the smallest are dropped and counted', async () => {
  const families = await create({ maxGroups: 1, topProcesses: 1 }).collect(signal);
  assert.deepEqual(lines(families, 'guard_process_processes'), ['group=node:shop/server.js 1']);
  assert.deepEqual(lines(families, 'guard_process_groups_dropped'), ['2']);
  assert.equal(lines(families, 'guard_process_top_resident_memory_bytes').length, 1);
});

test('scrapes at the same moment share one reading', async () => {
  const collector = create();
  const first = await collector.collect(signal);
  rmSync(join(procfs, '700'), { recursive: true });
  const [second, third] = await Promise.all([collector.collect(signal), collector.collect(signal)]);
  assert.deepEqual(second, first);
  assert.deepEqual(third, first);
  seconds += 1;
  assert.notDeepEqual(await collector.collect(signal), first);
});

test('nothing to read is said with its reason', async () => {
  const reason = (expected: string, text: RegExp) => (error: unknown) => {
    assert.ok(error instanceof NoDataError);
    assert.equal(error.reason, expected);
    assert.match(error.message, text);
    return true;
  };
  await assert.rejects(
    create({ procfs: '/nonexistent' }).collect(signal),
    reason('not_supported', /\/nonexistent: ENOENT; set --path\.procfs/),
  );
  await assert.rejects(
    create({ procfs: join(procfs, '1') }).collect(signal),
    reason('no_processes', /is it a procfs/),
  );
});

test('an aborted scrape reads nothing', async () => {
  await assert.rejects(create().collect(AbortSignal.abort()), { name: 'AbortError' });
});

test('start and stop may be called in any order', async () => {
  const collector = create({ sampleIntervalMs: 1 });
  await collector.stop();
  collector.start();
  collector.start();
  await collector.stop();
  assert.equal(collector.name, 'process');
});

test('every sample of the fixture is finite and named by the rules', async () => {
  for (const { name, help, samples } of await create().collect(signal)) {
    assert.match(name, /^guard_process_[a-z_]+$/);
    assert.ok(help.endsWith('.'), name);
    for (const { value } of samples) assert.ok(Number.isFinite(value) && value >= 0, name);
  }
});
