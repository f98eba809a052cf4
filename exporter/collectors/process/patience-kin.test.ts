// Threads and children of processes that are left alone: nothing of their time is lost, or told twice.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { COUNTER, THREAD_STATES } from './counters.ts';
import { createFakeProcfs, type FakeProcfs } from './fake.contract.ts';
import { createIdentifier } from './identity.ts';
import { MAX_UNCHECKED_SECONDS } from './patience.ts';
import { createProcessTable, type ProcessTable } from './table.ts';

let procfs: FakeProcfs;
let table: ProcessTable;

beforeEach(() => {
  procfs = createFakeProcfs();
  procfs.hostCpuSeconds = 50;
  table = createProcessTable({
    files: procfs.files,
    identify: createIdentifier(procfs.files, []),
    clock: () => procfs.seconds - 400,
    wallClock: () => 1_700_000_000 + procfs.seconds,
  });
});

const find = (pid: number) => table.read().processes.find((process) => process.pid === pid);
const budgetOf = (counters: Float64Array) =>
  THREAD_STATES.reduce((sum, state) => sum + counters[COUNTER[state]]!, 0);

/** It has stood still for long, and somebody has just looked. */
function leaveAlone(pid: number): void {
  for (let passed = 0; passed < 100; passed += 5) {
    procfs.seconds += 5;
    table.read();
  }
  do {
    procfs.seconds += 1;
    procfs.reads.length = 0;
    table.read();
  } while (!procfs.reads.some((path) => path.startsWith(`${pid}/`)));
}

test('a thread that is born while its process is left alone brings its whole time', () => {
  procfs.put(7, {});
  leaveAlone(7);
  const before = Float64Array.from(find(7)!.counters);
  const from = procfs.seconds;
  procfs.seconds += 2;
  const thread = { startTicks: procfs.seconds * 100, running: 0.5, slices: 9 };
  procfs.put(7, { slices: 2, threads: { 8: thread } });
  procfs.seconds += 1;
  assert.equal(find(7)!.counters[COUNTER.running], before[COUNTER.running], 'late');
  procfs.seconds = from + MAX_UNCHECKED_SECONDS;
  const { counters } = find(7)!;
  assert.equal(counters[COUNTER.running], before[COUNTER.running]! + 0.5);
  const both = MAX_UNCHECKED_SECONDS + (MAX_UNCHECKED_SECONDS - 2);
  assert.equal(Number((budgetOf(counters) - budgetOf(before)).toFixed(6)), both);
});

test('what was told of a child is not told of its parent again, however late the parent is looked at', () => {
  procfs.put(1, { parentPid: 0 });
  procfs.put(8, { userTicks: 8 });
  leaveAlone(1);
  procfs.processes.delete(8);
  procfs.put(1, { reapedTicks: 11, slices: 2 });
  for (let passed = 0; passed < MAX_UNCHECKED_SECONDS + 5; passed += 1) {
    procfs.seconds += 1;
    table.read();
  }
  const own = find(1)!.counters[COUNTER.userSeconds]!;
  assert.equal(Number(own.toFixed(6)), 0.03, 'only what nobody saw');
});
