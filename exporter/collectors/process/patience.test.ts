// Processes that are left alone: what becomes late, by how much, and what does not.
import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import fc from 'fast-check';
import { COUNTER, COUNTER_COUNT, THREAD_STATES } from './counters.ts';
import { createFakeProcfs, type FakeProcfs } from './fake.contract.ts';
import { createIdentifier } from './identity.ts';
import { createLedger } from './ledger.ts';
import { createPatience, MAX_UNCHECKED_SECONDS, nextCheckAt } from './patience.ts';
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
  procfs.hostCpuSeconds = 50;
  table = createTable();
});

/** Readings every five seconds, by default until every process has stood still for long. */
function readFor(seconds = 100): void {
  for (let passed = 0; passed < seconds; passed += 5) {
    procfs.seconds += 5;
    table.read();
  }
}

const find = (pid: number) => table.read().processes.find((process) => process.pid === pid);
const budgetOf = (counters: Float64Array) =>
  THREAD_STATES.reduce((sum, state) => sum + counters[COUNTER[state]]!, 0);

/** The pids of which anything was read. */
function pidsRead(): Set<number> {
  procfs.reads.length = 0;
  table.read();
  return new Set(procfs.reads.filter((path) => path.includes('/')).map(Number.parseFloat));
}

/** Just after somebody looked. */
function leaveAlone(pid: number): void {
  do procfs.seconds += 1;
  while (!pidsRead().has(pid));
}

test('property: nobody is left alone for longer than it had stood still, and never beyond the bound', () => {
  const moment = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(fc.nat(4_194_304), moment, moment, (pid, since, rested) => {
      const at = since + rested;
      const wait = nextCheckAt(pid, since, at) - at;
      assert.ok(wait >= 0 && wait <= Math.min(rested, MAX_UNCHECKED_SECONDS) + 1e-6, String(wait));
    }),
  );
});

test('processes that stand still for long are read in turn, each within the bound', () => {
  for (let pid = 1; pid <= 120; pid += 1) procfs.put(pid, {});
  readFor();
  const seen = new Set<number>();
  for (let passed = 0; passed < MAX_UNCHECKED_SECONDS; passed += 5) {
    procfs.seconds += 5;
    const now = pidsRead();
    assert.ok(now.size < 80, `a part of them, not ${now.size}`);
    for (const pid of now) seen.add(pid);
  }
  assert.equal(seen.size, 120);
});

test('strict leaves nobody alone', () => {
  table = createTable(true);
  procfs.put(7, {});
  readFor();
  procfs.seconds += 1;
  assert.deepEqual([...pidsRead()], [7]);
});

test('where the host tells nothing of itself nobody is left alone', () => {
  procfs.hostCpuSeconds = undefined;
  procfs.put(7, {});
  readFor();
  procfs.seconds += 1;
  assert.deepEqual([...pidsRead()], [7]);
});

test('what wakes for a moment just after somebody looked is told within the bound, and its time adds up', () => {
  procfs.put(7, {});
  readFor();
  leaveAlone(7);
  const before = budgetOf(find(7)!.counters);
  const from = procfs.seconds;
  procfs.seconds += 1;
  procfs.put(7, { running: 0.001, slices: 2, voluntary: 9 });
  assert.equal(find(7)!.counters[COUNTER.voluntarySwitches], 0, 'late');
  procfs.seconds = from + MAX_UNCHECKED_SECONDS;
  const { counters, busiestThreadRatio } = find(7)!;
  assert.equal(counters[COUNTER.voluntarySwitches], 9);
  assert.equal(Number(counters[COUNTER.running]!.toFixed(6)), 0.001);
  assert.equal(Number((budgetOf(counters) - before).toFixed(6)), MAX_UNCHECKED_SECONDS);
  assert.ok(
    busiestThreadRatio < 0.001,
    `over the time since it was looked at: ${busiestThreadRatio}`,
  );
});

test('what it ran while it was left alone is taken from the sleep that was told for it', () => {
  procfs.put(7, {});
  readFor();
  leaveAlone(7);
  const before = budgetOf(find(7)!.counters);
  const from = procfs.seconds;
  procfs.put(7, { running: 0.8, slices: 2, userTicks: 80 });
  while (find(7)!.cpuRatio === 0) procfs.seconds += 1;
  assert.ok(find(7)!.cpuRatio < 0.2, 'its share counts from the last look');
  const late = procfs.seconds - from;
  assert.ok(late <= MAX_UNCHECKED_SECONDS, `${late} s`);
  procfs.seconds += 1;
  assert.equal(Number((budgetOf(find(7)!.counters) - before).toFixed(6)), late + 1);
});

test('CPU time that nobody accounts for is looked for at once, in everybody', () => {
  for (const pid of [7, 8]) procfs.put(pid, {});
  readFor();
  leaveAlone(7);
  procfs.seconds += 1;
  procfs.hostCpuSeconds! += 0.5;
  procfs.put(7, { running: 0.5, slices: 2, userTicks: 50 });
  assert.equal(find(7)!.counters[COUNTER.userSeconds], 0.5);
});

test('CPU time of a child that ended is accounted for by its parent, unless that did not wait for it', () => {
  for (const pid of [7, 8, 9]) procfs.put(pid, { userTicks: 100, running: 1 });
  procfs.put(1, {});
  const parentRuns = () => {
    procfs.seconds += 1;
    procfs.put(1, { slices: procfs.seconds });
  };
  for (let reading = 0; reading < 50; reading += 1) {
    parentRuns();
    table.read();
  }
  leaveAlone(7);
  for (const [child, reapedTicks, everybody] of [
    [8, 150, false],
    [9, 150, true],
  ] as const) {
    procfs.processes.delete(child);
    procfs.hostCpuSeconds! += 0.5;
    parentRuns();
    procfs.put(1, { reapedTicks });
    const read = pidsRead();
    assert.deepEqual([read.has(1), read.has(7)], [true, everybody]);
  }
});

test('the end of a process is told at the next reading, also when it was to be left alone', () => {
  for (const pid of [7, 8]) procfs.put(pid, {});
  readFor();
  leaveAlone(7);
  procfs.processes.delete(7);
  procfs.seconds += 1;
  assert.deepEqual(
    table.read().processes.map(({ pid }) => pid),
    [8],
  );
  table.close();
  assert.equal(procfs.kept, 0);
});

test('one that ends while all are looked for is left out', () => {
  for (const pid of [7, 8]) procfs.put(pid, {});
  readFor();
  leaveAlone(7);
  procfs.seconds += 1;
  procfs.hostCpuSeconds! += 5;
  const reading = table.steps();
  reading.next();
  procfs.processes.delete(7);
  let step = reading.next();
  while (step.done !== true) step = reading.next();
  assert.ok(!step.value.processes.some(({ pid }) => pid === 7));
});

test('a pid that changes hands within one interval is another process within the bound', () => {
  procfs.put(7, { startTicks: 100, voluntary: 50, comm: 'old' });
  readFor();
  leaveAlone(7);
  const from = procfs.seconds;
  procfs.processes.delete(7);
  procfs.put(7, { startTicks: procfs.seconds * 100, voluntary: 2, comm: 'new' });
  procfs.seconds = from + MAX_UNCHECKED_SECONDS;
  const reading = find(7)!;
  assert.equal(reading.comm, 'new');
  assert.equal(reading.counters[COUNTER.voluntarySwitches], 2);
});

test('memory and groups that change without the process running are seen after five minutes as ever', () => {
  for (let pid = 1; pid <= 60; pid += 1) procfs.put(pid, { residentKb: 4 });
  readFor();
  for (let pid = 1; pid <= 60; pid += 1) procfs.put(pid, { residentKb: 8, comm: 'moved' });
  readFor(MAX_AGE_SECONDS + 5);
  const { processes } = table.read();
  assert.ok(
    processes.every(({ residentBytes, comm }) => residentBytes === 8192 && comm === 'moved'),
  );
});

test('unexplained is more than a twentieth of a CPU, and more than the ticks may err', () => {
  const patience = createPatience();
  const activity = { forks: 1, threads: 1, cpuSeconds: 0 };
  assert.equal(patience.begin(0, activity), false, 'of the first interval nothing is known');
  assert.equal(patience.begin(10, { ...activity, cpuSeconds: 3 }), true);
  assert.equal(patience.isExplained(2.6), true);
  assert.equal(patience.isExplained(2.4), false);
  assert.equal(patience.begin(10.2, { ...activity, cpuSeconds: 3.1 }), true);
  assert.equal(patience.isExplained(0.01), true);
  assert.equal(patience.begin(20, { ...activity, threads: Number.NaN }), false);
});

test('property: the groups agree with reading everything once all was looked at, and nothing goes down', () => {
  const act = fc.record({
    pid: fc.integer({ min: 1, max: 6 }),
    kind: fc.constantFrom('runs', 'dies', 'born', 'nothing'),
    amount: fc.integer({ min: 1, max: 20 }),
    gap: fc.integer({ min: 1, max: 25 }),
  });
  fc.assert(
    fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
      procfs = createFakeProcfs();
      procfs.hostCpuSeconds = 0;
      for (let pid = 1; pid <= 6; pid += 1) procfs.put(pid, { comm: `g${pid % 2}` });
      const [lazy, strict] = [createTable(), createTable(true)];
      const ledger = createLedger();
      const highest = new Map<string, Float64Array>();
      const readBoth = () => {
        const all = strict.read().processes;
        const some = lazy.read().processes;
        assert.deepEqual(
          some.map(({ pid }) => pid),
          all.map(({ pid }) => pid),
        );
        for (const [group, { totals }] of ledger.advance(some)) {
          const before = highest.get(group) ?? new Float64Array(COUNTER_COUNT);
          for (const [index, value] of totals.entries()) assert.ok(value >= before[index]!, group);
          highest.set(group, Float64Array.from(totals));
        }
        return { all, some };
      };
      for (const { pid, kind, amount, gap } of acts) {
        procfs.seconds += gap;
        const one = procfs.processes.get(pid);
        if (kind === 'dies') procfs.processes.delete(pid);
        else if (kind === 'born' && one === undefined)
          procfs.put(pid, { comm: `g${pid % 2}`, startTicks: procfs.seconds * 100 });
        else if (kind === 'runs' && one !== undefined) {
          const { running, userTicks, slices, voluntary } = one;
          const used = amount / 1000;
          procfs.put(pid, { running: running + used, slices: slices + 1, userTicks });
          procfs.put(pid, { voluntary: voluntary + 1 });
        }
        readBoth();
      }
      procfs.seconds += MAX_UNCHECKED_SECONDS;
      readBoth();
      procfs.seconds += 1;
      const { all, some } = readBoth();
      for (const [index, { counters }] of all.entries()) {
        const lazily = some[index]!.counters;
        for (const name of ['running', 'voluntarySwitches', 'userSeconds'] as const) {
          assert.ok(Math.abs(lazily[COUNTER[name]]! - counters[COUNTER[name]]!) < 1e-6, name);
        }
        assert.ok(Math.abs(budgetOf(lazily) - budgetOf(counters)) < 1e-6, 'the whole budget');
      }
    }),
    { numRuns: 200 },
  );
});
