// The readings that leave out what did not run, against the ones that read everything.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { COUNTER, COUNTER_COUNT, THREAD_STATES } from './counters.ts';
import { createFakeProcfs, type FakeProcess, type FakeProcfs } from './fake.contract.ts';
import { createIdentifier } from './identity.ts';
import { createLedger } from './ledger.ts';
import { MAX_WATCHED_TASKS } from './rest.ts';
import { createProcessTable, MAX_AGE_SECONDS, type ProcessTable } from './table.ts';

let procfs: FakeProcfs;
let table: ProcessTable;

const createTable = (strict = false): ProcessTable =>
  createProcessTable({
    files: procfs.files,
    identify: createIdentifier(procfs.files, []),
    clock: () => procfs.seconds - 400,
    wallClock: () => 1_700_000_000 + procfs.seconds,
    strict,
  });

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

/** The paths that one reading of the table takes, but for those of the whole host. */
function readsOf(seconds: number): string[] {
  procfs.seconds += seconds;
  procfs.reads.length = 0;
  table.read();
  return procfs.reads.filter((path) => path.includes('/'));
}

test('of a process that stands still only the schedstat of its threads is read', () => {
  procfs.put(7, { threads: { 8: { channel: 'futex_do_wait' } } });
  table.read();
  assert.deepEqual(readsOf(1), ['7/schedstat', '7/task/8/schedstat']);
  assert.deepEqual(readsOf(1), ['7/schedstat', '7/task/8/schedstat']);
  const reading = readOne();
  assert.deepEqual(budget(reading.counters), { ...idle, sleeping: 2, lock: 2 });
  assert.equal(reading.cpuRatio, 0);
  assert.equal(reading.busiestThreadRatio, 0);
});

test('a rest that ends is booked once', () => {
  procfs.put(7, {});
  table.read();
  for (let reading = 0; reading < 4; reading += 1) readsOf(1);
  procfs.seconds += 1;
  procfs.put(7, { running: 0.25, runnable: 0.25, slices: 2, userTicks: 25, channel: 'futex_x' });
  const reading = readOne();
  assert.deepEqual(budget(reading.counters), {
    ...idle,
    running: 0.25,
    runnable: 0.25,
    lock: 0.5,
    sleeping: 4,
  });
  assert.equal(reading.cpuRatio, 0.25);
});

test('what changes without the process running is seen after five minutes at the latest', () => {
  for (let pid = 1; pid <= 120; pid += 1) procfs.put(pid, { residentKb: 4 });
  table.read();
  for (let pid = 1; pid <= 120; pid += 1) procfs.put(pid, { residentKb: 8 });
  const fresh = () =>
    table.read().processes.filter(({ residentBytes }) => residentBytes === 8192).length;
  procfs.seconds += 15;
  const first = fresh();
  assert.ok(first > 0 && first < 60, `a few at a time, not ${first}`);
  while (procfs.seconds < 1000 + MAX_AGE_SECONDS) procfs.seconds += 15;
  assert.equal(fresh(), 120);
});

test('a thread on a CPU, in the disk queue or paging is looked at every time', () => {
  procfs.put(7, { state: 'R' });
  procfs.put(8, { state: 'D', channel: 'jbd2_log_wait' });
  procfs.put(9, { threads: { 10: { state: 'D', channel: 'swap_read' } } });
  table.read();
  const reads = readsOf(1);
  for (const path of ['7/stat', '8/stat', '9/stat']) assert.ok(reads.includes(path), path);
});

test('with many threads the stat file tells whether any of them ran', () => {
  const threads = Object.fromEntries(
    Array.from({ length: MAX_WATCHED_TASKS }, (_, index) => [index + 10, {}]),
  );
  procfs.put(7, { threads });
  table.read();
  assert.deepEqual(readsOf(1), ['7/schedstat', '7/stat']);
  procfs.put(7, { threads: { ...threads, 10: { running: 0.5, slices: 2 } }, userTicks: 50 });
  procfs.seconds += 1;
  assert.equal(readOne().counters[COUNTER.running], 0.5);
});

test('a kernel without scheduler statistics is watched by the stat file', () => {
  procfs.put(7, { missing: ['schedstat'] });
  table.read();
  readsOf(1);
  procfs.put(7, { userTicks: 50 });
  procfs.seconds += 1;
  const reading = readOne();
  assert.equal(reading.counters[COUNTER.userSeconds], 0.5);
  assert.ok(Number.isNaN(reading.counters[COUNTER.sleeping]));
});

test('what is unreadable is counted at every reading, also of a process that stands still', () => {
  procfs.put(7, { denied: ['io'] });
  for (let reading = 0; reading < 4; reading += 1) {
    const { unreadable } = table.read();
    assert.deepEqual([unreadable.io, unreadable.wchan], [1, 1]);
    procfs.seconds += 1;
  }
});

for (const keeps of [true, false]) {
  test(`a pid that changes hands is another process, files ${keeps ? 'kept' : 'not kept'}`, () => {
    procfs.keeps = keeps;
    procfs.put(7, { voluntary: 50, startTicks: 100 });
    table.read();
    readsOf(1);
    procfs.seconds += 1;
    procfs.put(7, { voluntary: 2, slices: 9, startTicks: procfs.seconds * 100, comm: 'b' });
    const reading = readOne();
    assert.equal(reading.startTicks, procfs.seconds * 100);
    assert.equal(reading.counters[COUNTER.voluntarySwitches], 2);
  });
}

test('files are closed with their process, and all of them at the end', () => {
  procfs.put(7, { threads: { 8: {} } });
  procfs.put(9, {});
  table.read();
  assert.equal(procfs.kept, 3);
  procfs.processes.delete(7);
  table.read();
  assert.equal(procfs.kept, 1);
  table.close();
  assert.equal(procfs.kept, 0);
});

test('a process that keeps running keeps its files open, and gives them back when it rests', () => {
  procfs.put(7, {});
  for (let slices = 2; slices < 6; slices += 1) {
    table.read();
    procfs.seconds += 1;
    procfs.put(7, { slices });
  }
  assert.equal(procfs.kept, 4);
  table.read();
  table.read();
  assert.equal(procfs.kept, 1);
});

interface Step {
  readonly pid: number;
  readonly act: 'runs' | 'born' | 'dies' | 'thread' | 'nothing';
  readonly amount: number;
}
const step: fc.Arbitrary<Step> = fc.record({
  pid: fc.integer({ min: 1, max: 5 }),
  act: fc.constantFrom('runs', 'born', 'dies', 'thread', 'nothing'),
  amount: fc.integer({ min: 0, max: 50 }),
});

/** A process that runs leaves a trace in its schedstat; nothing else may change it. */
function take({ pid, act, amount }: Step): void {
  const one = procfs.processes.get(pid);
  if (act === 'born') {
    const startTicks = procfs.seconds * 100 - (amount % 10);
    procfs.processes.delete(pid);
    procfs.put(pid, { comm: `group${amount % 2}`, startTicks, exe: '/x', slices: 1 });
  } else if (one === undefined || act === 'nothing') return;
  else if (act === 'dies') procfs.processes.delete(pid);
  else procfs.put(pid, act === 'runs' ? run(one, amount) : branch(one, pid, amount));
}

function run(one: FakeProcess, amount: number): Partial<FakeProcess> {
  return {
    running: one.running + amount / 100,
    userTicks: one.userTicks + amount,
    slices: one.slices + 1,
    voluntary: one.voluntary + 1,
    readBytes: one.readBytes + amount,
    channel: amount % 2 === 0 ? 'futex_do_wait' : 'do_epoll_wait',
  };
}

function branch(one: FakeProcess, pid: number, amount: number): Partial<FakeProcess> {
  const startTicks = procfs.seconds * 100;
  return { slices: one.slices + 1, threads: { [pid * 100 + amount]: { startTicks } } };
}

test('property: reading only what ran tells the same as reading everything, and no counter goes down', () => {
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 25 }), (rounds) => {
      procfs = createFakeProcfs();
      const [lazy, strict] = [createTable(), createTable(true)];
      const ledgers = [createLedger(), createLedger()] as const;
      const highest = new Map<string, Float64Array>();
      for (const steps of rounds) {
        procfs.seconds += 1;
        for (const next of steps) take(next);
        const all = strict.read().processes;
        const some = lazy.read().processes;
        assert.deepEqual(some.map(withoutCounters), all.map(withoutCounters));
        const accounts = ledgers[0].advance(some);
        for (const [group, { totals }] of ledgers[1].advance(all)) {
          assertClose(accounts.get(group)!.totals, totals);
          const before = highest.get(group) ?? new Float64Array(COUNTER_COUNT);
          const now = accounts.get(group)!.totals;
          for (const [index, value] of now.entries()) assert.ok(value >= before[index]!, group);
          highest.set(group, Float64Array.from(now));
        }
      }
      lazy.close();
      strict.close();
      assert.equal(procfs.kept, 0);
    }),
    { numRuns: 200 },
  );
});

/** What the rest of a process does not round differently. */
function withoutCounters(reading: ReturnType<typeof readOne>) {
  const { counters: _counters, busiestThreadRatio: _busiest, cpuRatio, ...others } = reading;
  const { resting: _resting, ...rest } = others;
  return { ...rest, used: cpuRatio > 0 };
}

function assertClose(some: Float64Array, all: Float64Array): void {
  for (const [index, value] of all.entries()) {
    assert.ok(
      Math.abs(some[index]! - value) < 1e-6,
      `counter ${index}: ${some[index]} and ${value}`,
    );
  }
}
