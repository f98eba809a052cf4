import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { DENIED } from '../../sources/process-files.ts';
import { COUNTER, THREAD_STATES } from './counters.ts';
import { createFakeProcfs, type FakeProcfs } from './fake.contract.ts';
import type { GroupRule } from './grouping.ts';
import { createIdentifier } from './identity.ts';
import { createProcessTable, type ProcessTable } from './table.ts';
import { MAX_TASKS_PER_PROCESS } from './tasks.ts';

const BOOT_TIME = 1_700_000_000;
let procfs: FakeProcfs;
let table: ProcessTable;

function createTable(rules: readonly GroupRule[] = []): ProcessTable {
  return createProcessTable({
    files: procfs.files,
    identify: createIdentifier(procfs.files, rules),
    strict: true,
    clock: () => procfs.seconds - 400,
    wallClock: () => BOOT_TIME + procfs.seconds,
  });
}

beforeEach(() => {
  procfs = createFakeProcfs();
  table = createTable();
});

const readOne = () => table.read().processes[0]!;
const budget = (counters: Float64Array) =>
  Object.fromEntries(
    THREAD_STATES.map((state) => [state, Number(counters[COUNTER[state]]!.toFixed(6))]),
  );
const idle = { running: 0, runnable: 0, disk: 0, lock: 0, paging: 0, sleeping: 0 };

test('a process is read with its counters, memory, files and age', () => {
  procfs.put(7, {
    userTicks: 250,
    residentKb: 64,
    readBytes: 4096,
    openFds: 512,
    voluntary: 3,
    startTicks: 5000,
  });
  const reading = readOne();
  assert.equal(reading.pid, 7);
  assert.equal(reading.group, 'app');
  assert.equal(reading.startSeconds, BOOT_TIME + 50);
  assert.equal(reading.residentBytes, 65_536);
  assert.equal(reading.openFds, 512);
  assert.equal(reading.fdLimitUsedRatio, 0.5);
  assert.equal(reading.threads, 1);
  assert.equal(reading.counters[COUNTER.userSeconds], 2.5);
  assert.equal(reading.counters[COUNTER.readBytes], 4096);
  assert.equal(reading.counters[COUNTER.voluntarySwitches], 3);
  assert.ok(Number.isNaN(reading.cpuRatio), 'no share at the first sight');
  assert.deepEqual(budget(reading.counters), idle, 'nobody saw what it did before');
});

test('the budget of a thread begins at the first reading and adds up', () => {
  procfs.put(7, { running: 100, channel: 'futex_do_wait' });
  readOne();
  procfs.seconds += 10;
  procfs.put(7, { running: 102, runnable: 1, slices: 5, userTicks: 200 });
  const reading = readOne();
  assert.deepEqual(budget(reading.counters), { ...idle, running: 2, runnable: 1, lock: 7 });
  assert.equal(reading.busiestThreadRatio, 0.2);
  assert.equal(reading.cpuRatio, 0.2);
});

test('a process born between two readings brings its whole budget', () => {
  table.read();
  procfs.seconds += 10;
  procfs.put(7, { running: 1, startTicks: (procfs.seconds - 4) * 100, channel: 'do_wait' });
  assert.deepEqual(budget(readOne().counters), { ...idle, running: 1, sleeping: 3 });
});

test('every thread counts, and what exited threads had stays', () => {
  procfs.put(7, { threads: { 8: { voluntary: 10 }, 9: { state: 'D', channel: 'jbd2_log_wait' } } });
  readOne();
  procfs.seconds += 5;
  procfs.put(7, { threads: { 8: { running: 4, slices: 2, voluntary: 30 }, 9: { state: 'D' } } });
  const both = readOne();
  assert.deepEqual(budget(both.counters), { ...idle, running: 4, disk: 5, sleeping: 6 });
  assert.equal(both.counters[COUNTER.voluntarySwitches], 30);
  assert.equal(both.busiestThreadRatio, 0.8);
  procfs.seconds += 5;
  procfs.put(7, { threads: {} });
  const one = readOne();
  assert.deepEqual(budget(one.counters), { ...idle, running: 4, disk: 5, sleeping: 11 });
  assert.equal(one.counters[COUNTER.voluntarySwitches], 30);
  assert.equal(one.threads, 1);
});

test('a thread replaced by another is noticed although the number stays', () => {
  procfs.put(7, { threads: { 8: { voluntary: 1 } } });
  readOne();
  procfs.seconds += 5;
  procfs.put(7, { threads: { 9: { voluntary: 5, startTicks: procfs.seconds * 100 - 200 } } });
  const reading = readOne();
  assert.equal(reading.counters[COUNTER.voluntarySwitches], 6);
  assert.deepEqual(budget(reading.counters), { ...idle, sleeping: 7 });
});

test('a thread that has not moved is not looked at again', () => {
  procfs.put(7, { threads: { 8: { channel: 'futex_do_wait' } }, channel: 'futex_do_wait' });
  readOne();
  procfs.seconds += 5;
  procfs.reads.length = 0;
  const reading = readOne();
  assert.deepEqual(
    procfs.reads.filter((path) => /task|wchan/.test(path)),
    ['7/task/8/schedstat'],
  );
  assert.deepEqual(budget(reading.counters), { ...idle, lock: 10 });
});

test('threads that wake often or sit in the disk queue are handed to the sampler', () => {
  procfs.put(7, { threads: { 8: { state: 'D', channel: 'x' }, 9: {}, 10: {} } });
  readOne();
  procfs.seconds += 5;
  const disk = { state: 'D', channel: 'x' };
  const seldom = { running: 1, slices: 9 };
  procfs.put(7, { running: 1, slices: 12, threads: { 8: disk, 9: {}, 10: seldom } });
  assert.deepEqual(
    table.read().active.map(({ task }) => task.tid),
    [7, 8],
  );
});

test('an uptime that counts from the start of a container is not believed', () => {
  procfs.put(7, { startTicks: 5_000_000 });
  table = createProcessTable({
    files: procfs.files,
    identify: createIdentifier(procfs.files, []),
    clock: () => procfs.seconds,
    wallClock: () => BOOT_TIME + 60_000,
    sinceBoot: () => 60_000,
  });
  assert.equal(readOne().startSeconds, BOOT_TIME + 50_000, 'not in the future');
});

test('a zombie has counters but no threads', () => {
  procfs.put(7, { argv: ['node', 'a.js'], exe: '/usr/bin/node', comm: 'node', userTicks: 10 });
  assert.equal(readOne().group, 'node:a.js');
  procfs.seconds += 5;
  procfs.put(7, { state: 'Z', slices: 2, argv: [], missing: ['exe'], userTicks: 30 });
  const reading = readOne();
  assert.equal(reading.threads, 0);
  assert.equal(reading.group, 'node:a.js', 'it stays what it was');
  assert.equal(reading.counters[COUNTER.userSeconds], 0.3);
  assert.deepEqual(budget(reading.counters), idle);
});

test('what may not be read is unknown and counted, never 0', () => {
  procfs.put(7, { denied: ['io', 'fd', 'exe'], channel: '0' });
  procfs.put(8, {});
  table.read();
  procfs.seconds += 5;
  const { processes, unreadable } = table.read();
  const [hidden, open] = processes;
  assert.ok(Number.isNaN(hidden!.counters[COUNTER.readBytes]));
  assert.ok(Number.isNaN(hidden!.counters[COUNTER.lock]), 'a lock would look like sleep');
  assert.equal(hidden!.counters[COUNTER.sleeping], 5);
  assert.ok(Number.isNaN(hidden!.openFds));
  assert.ok(Number.isNaN(hidden!.fdLimitUsedRatio));
  assert.equal(hidden!.exe, undefined);
  assert.equal(open!.counters[COUNTER.readBytes], 0);
  assert.equal(open!.counters[COUNTER.lock], 0);
  assert.deepEqual(unreadable, {
    exe: 1,
    fd: 1,
    io: 1,
    limits: 0,
    schedstat: 0,
    stat: 0,
    wchan: 1,
  });
});

test('a kernel without scheduler statistics has no budget', () => {
  procfs.put(7, { slices: 0, userTicks: 500 });
  procfs.put(8, { missing: ['schedstat'] });
  const { processes, unreadable } = table.read();
  for (const { counters } of processes) {
    assert.ok(Number.isNaN(counters[COUNTER.running]));
    assert.ok(Number.isNaN(counters[COUNTER.voluntarySwitches]));
  }
  assert.equal(processes[0]!.counters[COUNTER.userSeconds], 5);
  assert.equal(unreadable.schedstat, 2);
});

test('a process with too many threads loses its budget only', () => {
  const threads = Object.fromEntries(
    Array.from({ length: MAX_TASKS_PER_PROCESS }, (_, index) => [index + 10, {}]),
  );
  procfs.put(7, { threads });
  const reading = readOne();
  assert.equal(reading.threads, MAX_TASKS_PER_PROCESS + 1);
  assert.ok(Number.isNaN(reading.counters[COUNTER.sleeping]));
  procfs.put(7, { threads: {} });
  procfs.seconds += 5;
  assert.equal(readOne().counters[COUNTER.sleeping], 0, 'it begins again');
});

test('a process that ends while it is read, or may not be seen, is left out', () => {
  procfs.put(7, { missing: ['status'] });
  procfs.put(8, { missing: ['stat'] });
  procfs.put(9, { denied: ['stat'] });
  const { processes, unreadable } = table.read();
  assert.deepEqual(processes, []);
  assert.equal(unreadable.stat, 1);
});

test('a pid that was given to another process starts anew', () => {
  procfs.put(7, { voluntary: 50, startTicks: 100 });
  readOne();
  procfs.seconds += 5;
  procfs.put(7, { voluntary: 2, startTicks: procfs.seconds * 100, comm: 'other', exe: '/other' });
  const reading = readOne();
  assert.equal(reading.group, 'other');
  assert.equal(reading.counters[COUNTER.voluntarySwitches], 2);
  assert.ok(Number.isNaN(reading.cpuRatio));
});

test('exec changes the group at once, rewritten arguments within a minute', () => {
  procfs.put(7, { comm: 'python3', exe: '/usr/bin/python3', argv: ['python3', 'a.py'] });
  assert.equal(readOne().group, 'python:a.py');
  procfs.put(7, { argv: ['python3', 'b.py'], stackAddress: 8192, slices: 2 });
  assert.equal(readOne().group, 'python:b.py');
  procfs.put(7, { argv: ['python3', 'c.py'] });
  assert.equal(readOne().group, 'python:b.py');
  procfs.seconds += 60;
  assert.equal(readOne().group, 'python:c.py');
});

test('limits are kept for a minute; unlimited is no share, of a limit of 0 any file is all', () => {
  procfs.put(7, { openFds: 10, limit: 100 });
  assert.equal(readOne().fdLimitUsedRatio, 0.1);
  procfs.put(7, { limit: 'unlimited', slices: 2 });
  procfs.seconds += 30;
  assert.equal(readOne().fdLimitUsedRatio, 0.1);
  procfs.put(7, { slices: 3 });
  procfs.seconds += 31;
  assert.equal(readOne().fdLimitUsedRatio, 0);
  procfs.put(8, { limit: 0, openFds: 3 });
  procfs.put(9, { limit: 0, openFds: 0 });
  const [, over, empty] = table.read().processes;
  assert.deepEqual([over!.fdLimitUsedRatio, empty!.fdLimitUsedRatio], [1, 0]);
});

test('a rule may ask for the user', () => {
  table = createTable([{ name: '{{.Username}}/{{.Comm}}', comm: ['app'] }]);
  procfs.put(7, { exe: DENIED });
  assert.equal(readOne().group, 'web/app');
});

test('kernel threads have no files and their own group', () => {
  procfs.put(17, { comm: 'kworker/0:1', flags: 0x00200040, state: 'I', denied: ['fd', 'limits'] });
  const { processes, unreadable } = table.read();
  assert.equal(processes[0]!.group, 'kernel:kworker');
  assert.equal(processes[0]!.openFds, 0);
  assert.equal(unreadable.fd + unreadable.limits, 0);
});

test('of a process that stands still nothing is stale: memory and open files are looked at every time', () => {
  procfs.put(7, { residentKb: 4, openFds: 3, threads: { 8: {} } });
  readOne();
  procfs.reads.length = 0;
  procfs.seconds += 1;
  readOne();
  assert.deepEqual(
    procfs.reads.filter((path) => path.startsWith('7/')),
    ['7/schedstat', '7/task/8/schedstat', '7/statm'],
  );
  procfs.seconds += 1;
  procfs.put(7, { residentKb: 8 });
  assert.equal(readOne().residentBytes, 8192);
  procfs.seconds += 1;
  procfs.put(7, { openFds: 4 });
  assert.equal(readOne().openFds, 4);
});

test('where schedstat does not tell who ran all files are compared', () => {
  procfs.put(7, { missing: ['schedstat'] });
  readOne();
  procfs.seconds += 1;
  procfs.put(7, { readBytes: 4096 });
  assert.equal(readOne().counters[COUNTER.readBytes], 4096);
});
