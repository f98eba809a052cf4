import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { createProcessFiles } from '../../sources/process-files.ts';
import { COUNTER } from './counters.ts';
import { createFakeProcfs, type FakeProcess, type FakeProcfs } from './fake.contract.ts';
import { createIdentifier } from './identity.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createProcessTable, type ProcessTable } from './table.ts';

let procfs: FakeProcfs;
let table: ProcessTable;
let ledger: Ledger;
const children: ChildProcess[] = [];

beforeEach(begin);

function begin(): void {
  procfs = createFakeProcfs();
  ledger = createLedger();
  table = createProcessTable({
    files: procfs.files,
    identify: createIdentifier(procfs.files, []),
    clock: () => procfs.seconds,
    wallClock: () => procfs.seconds,
  });
}

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** One reading, 5 seconds after the last. @returns user CPU seconds by group. */
function read(): Record<string, number> {
  procfs.seconds += 5;
  const accounts = ledger.advance(table.read().processes);
  return Object.fromEntries(
    [...accounts].map(([group, { totals }]) => [group, totals[COUNTER.userSeconds]!]),
  );
}

let slices = 1;
/** It ran. */
function run(pid: number, change: Partial<FakeProcess>): void {
  slices += 1;
  procfs.put(pid, { slices, running: slices, ...change });
}

test('time of children that nobody saw goes to who waited for them, one reading later', () => {
  procfs.put(7, { comm: 'make', userTicks: 100, reapedTicks: 5000 });
  assert.deepEqual(read(), { make: 1 }, 'what it waited for before is no news');
  run(7, { reapedTicks: 5300 });
  assert.deepEqual(read(), { make: 1 });
  assert.deepEqual(read(), { make: 4 });
  assert.deepEqual(read(), { make: 4 });
  run(7, { userTicks: 150 });
  assert.deepEqual(read(), { make: 4.5 });
});

test('a process that is new has all that it waited for', () => {
  read();
  procfs.put(7, { comm: 'make', startTicks: procfs.seconds * 100 + 10, reapedTicks: 200 });
  read();
  assert.deepEqual(read(), { make: 2 });
});

test('of a child that was seen only the rest is added', () => {
  procfs.put(7, { comm: 'make' });
  procfs.put(8, { comm: 'cc', parentPid: 7, userTicks: 200 });
  assert.deepEqual(read(), { make: 0, cc: 2 });
  procfs.processes.delete(8);
  run(7, { reapedTicks: 300 });
  read();
  assert.deepEqual(read(), { make: 1 });
});

test('it does not matter which of parent and child was read before the child ended', () => {
  procfs.put(7, { comm: 'make' });
  procfs.put(8, { comm: 'cc', parentPid: 7, userTicks: 200 });
  read();
  // The child was read alive, then reaped, then the parent was read.
  run(7, { reapedTicks: 200 });
  read();
  procfs.processes.delete(8);
  assert.deepEqual(read(), { make: 0 });
  procfs.put(9, { comm: 'cc', parentPid: 7, userTicks: 400, startTicks: procfs.seconds * 100 });
  read();
  // The parent was read, then the child was reaped and missed.
  procfs.processes.delete(9);
  read();
  run(7, { reapedTicks: 600 });
  read();
  assert.deepEqual(read(), { make: 0 });
});

test('an orphan is not counted twice, whoever above it reaps it', () => {
  procfs.put(1, { comm: 'init', parentPid: 0 });
  procfs.put(7, { comm: 'shell', parentPid: 1 });
  procfs.put(8, { comm: 'make', parentPid: 7, userTicks: 100 });
  procfs.put(9, { comm: 'cc', parentPid: 8, userTicks: 200 });
  read();
  procfs.processes.delete(8);
  procfs.processes.delete(9);
  run(7, { reapedTicks: 100 });
  run(1, { reapedTicks: 200 });
  read();
  assert.deepEqual(read(), { init: 0, shell: 0 });
});

test('what was pending at the end of a process goes up with it', () => {
  procfs.put(7, { comm: 'shell' });
  procfs.put(8, { comm: 'make', parentPid: 7, userTicks: 100 });
  read();
  run(8, { reapedTicks: 500 });
  read();
  procfs.processes.delete(8);
  run(7, { reapedTicks: 600 });
  read();
  assert.equal(read().shell, 5);
});

interface Step {
  readonly act: 'run' | 'fork' | 'end' | 'unseen';
  readonly which: number;
  readonly ticks: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom('run', 'fork', 'end', 'unseen'),
  which: fc.nat(5),
  ticks: fc.nat(500),
});

/** @returns the CPU time that was used, in ticks. */
function take({ act, which, ticks }: Step): number {
  const pids = [...procfs.processes.keys()];
  const pid = pids[which % pids.length]!;
  const { userTicks, reapedTicks } = procfs.processes.get(pid)!;
  if (act === 'run') run(pid, { userTicks: userTicks + ticks });
  else if (act === 'unseen') run(pid, { reapedTicks: reapedTicks + ticks });
  else if (act === 'fork') fork(pid, ticks);
  else if (pid !== 1) end(pid);
  return act === 'end' ? 0 : ticks;
}

let nextPid = 2;
function fork(parentPid: number, userTicks: number): void {
  const startTicks = procfs.seconds * 100 + 1;
  procfs.put(nextPid, { comm: `c${nextPid}`, parentPid, startTicks, userTicks });
  nextPid += 1;
}

/** Its children become those of the first process; whoever is above it waits for it. */
function end(pid: number): void {
  const { parentPid, userTicks, reapedTicks } = procfs.processes.get(pid)!;
  for (const [orphan, { parentPid: parent }] of procfs.processes) {
    if (parent === pid) procfs.put(orphan, { parentPid: 1 });
  }
  procfs.processes.delete(pid);
  const above = procfs.processes.has(parentPid) ? parentPid : 1;
  const before = procfs.processes.get(above)!.reapedTicks;
  run(above, { reapedTicks: before + userTicks + reapedTicks });
}

test('property: no second of CPU time is told twice', () => {
  fc.assert(
    fc.property(fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 12 }), (rounds) => {
      begin();
      nextPid = 2;
      procfs.put(1, { comm: 'init', parentPid: 0 });
      read();
      let used = 0;
      for (const steps of [...rounds, [], []]) {
        for (const next of steps) used += take(next);
        read();
      }
      const told = tell();
      assert.ok(told <= used / 100 + 1e-9, `${told} told, ${used / 100} used`);
    }),
    { numRuns: 300 },
  );
});

/** Of all groups that ever were: the ledger keeps those without members. */
function tell(): number {
  const groups = new Set(['init', ...Array.from({ length: 200 }, (_, index) => `c${index}`)]);
  const entries = [...groups].map((group, index) => ({
    pid: 10_000 + index,
    startTicks: 1,
    group,
    counters: new Float64Array(15),
  }));
  let sum = 0;
  for (const { totals } of ledger.advance(entries).values()) sum += totals[COUNTER.userSeconds]!;
  return sum;
}

const skip = existsSync('/proc/self/stat') ? false : 'no procfs here';

test('a real shell has the time of the commands that it ran between two readings', {
  skip,
}, async () => {
  const burn = 'for (const end = Date.now() + 60; Date.now() < end;);';
  const script = `read go; for i in 1 2 3 4 5; do ${process.execPath} -e '${burn}'; done; echo done; read end`;
  const shell = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(shell);
  await sleep(300);
  const files = createProcessFiles({ procfs: '/proc' });
  const clock = () => performance.now() / 1000;
  const real = createProcessTable({
    files,
    identify: createIdentifier(files, []),
    clock,
    wallClock: () => Date.now() / 1000,
  });
  const cpuOfShell = () => {
    const { counters } = real.read().processes.find(({ pid }) => pid === shell.pid)!;
    return counters[COUNTER.userSeconds]! + counters[COUNTER.systemSeconds]!;
  };
  const before = cpuOfShell();
  shell.stdin.write('go\n');
  await new Promise((resolve) => shell.stdout.once('data', resolve));
  cpuOfShell();
  const gained = cpuOfShell() - before;
  real.close();
  assert.ok(gained >= 0.2, `5 commands of 60 ms and their start were ${gained} s`);
});
