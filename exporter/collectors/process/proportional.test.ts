import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { createProcessFiles, DENIED, type FileText, GONE } from '../../sources/process-files.ts';
import type { ProcessReading } from './counters.ts';
import { createProportional, type Proportional } from './proportional.ts';

const MB = 1024 * 1024;
let seconds: number;
let cpuSeconds: number;
let reads: number[];
let answers: Map<number, FileText>;
let proportional: Proportional;

beforeEach(() => {
  seconds = 1000;
  cpuSeconds = 0;
  reads = [];
  answers = new Map();
  proportional = createProportional({
    files: {
      readLater: async (path) => `\nPss: ${Number.parseInt(path, 10)} kB\n`,
      read(path) {
        const pid = Number.parseInt(path, 10);
        reads.push(pid);
        cpuSeconds += 0.001;
        return (
          answers.get(pid) ??
          `0-1 ---p 0 00:00 0 [rollup]\nRss: 9 kB\nPss:      ${pid} kB\nPss_Anon: 1 kB\n`
        );
      },
    },
    clock: () => seconds,
    cpuClock: () => cpuSeconds,
    budgetRatio: 0.001,
  });
});

const process = (pid: number, megabytes: number, change: Partial<ProcessReading> = {}) =>
  ({
    pid,
    startTicks: 1,
    residentBytes: megabytes * MB,
    virtualBytes: MB,
    ...change,
  }) as ProcessReading;

/** @returns the pids that were read. */
function sample(afterSeconds: number, processes: readonly ProcessReading[]): number[] {
  reads = [];
  seconds += afterSeconds;
  proportional.sample(processes);
  return reads;
}

test('each is read once, the largest first, as far as the budget goes', () => {
  const all = [process(1, 10), process(2, 30), process(3, 20)];
  assert.deepEqual(sample(0, all), []);
  assert.deepEqual(sample(2, all), [2, 3]);
  assert.equal(proportional.bytesOf(all[1]!), 2048);
  assert.ok(Number.isNaN(proportional.bytesOf(all[0]!)), 'not read yet is not 0');
  assert.deepEqual(sample(2, all), [1]);
  assert.deepEqual(sample(60, all), []);
});

test('what has changed is read again, the largest change first, and the rest when it is old', () => {
  const before = [process(1, 100), process(2, 100), process(3, 100), process(4, 1)];
  assert.equal(sample(60, before).length, 4);
  const after = [process(1, 104), process(2, 110), process(3, 80), process(4, 1.5)];
  assert.deepEqual(sample(60, after), [3, 2], '4 % and half a megabyte are no change');
  assert.deepEqual(sample(860, after).sort(), [1, 4]);
});

test('a pid that is used again is another process, and the dead are forgotten', () => {
  sample(60, [process(1, 10), process(2, 10)]);
  assert.deepEqual(sample(60, [process(1, 10, { startTicks: 2 })]), [1]);
  assert.ok(Number.isNaN(proportional.bytesOf(process(2, 10))));
});

test('kernel threads have none, and cost nothing', () => {
  const kernel = process(2, 0, { virtualBytes: 0 });
  assert.deepEqual(sample(60, [kernel]), []);
  assert.equal(proportional.bytesOf(kernel), 0);
});

test('what may not be read is unknown and counted', () => {
  answers.set(1, DENIED);
  sample(60, [process(1, 10), process(2, 10)]);
  assert.ok(Number.isNaN(proportional.bytesOf(process(1, 10))));
  assert.equal(proportional.unreadable(), 1);
  assert.deepEqual(sample(60, [process(1, 10), process(2, 10)]), [], 'not asked every time');
});

test('large ones are read one at a time without holding anybody up', async () => {
  const all = [process(1, 300), process(2, 400), process(3, 10)];
  assert.deepEqual(sample(60, all), [3]);
  assert.ok(Number.isNaN(proportional.bytesOf(all[1]!)));
  await setImmediate();
  assert.deepEqual(all.map(proportional.bytesOf), [Number.NaN, 2048, 3072]);
  sample(60, all);
  await setImmediate();
  assert.deepEqual(all.map(proportional.bytesOf), [1024, 2048, 3072]);
});

test('what large ones cost is paid off before anything else is read', async () => {
  const huge = process(1, 32 * 1024);
  sample(60, [huge]);
  await setImmediate();
  const all = [huge, process(2, 10)];
  assert.deepEqual(sample(300, all), [], '0.34 s at a thousandth of a CPU');
  assert.deepEqual(sample(60, all), [2]);
});

test('a process that ended while it was read is neither known nor counted', () => {
  answers.set(1, GONE);
  sample(60, [process(1, 10), process(2, 10)]);
  assert.equal(proportional.unreadable(), 0);
  assert.ok(Number.isNaN(proportional.bytesOf(process(1, 10))));
});

test('a long pause does not make a long stall', () => {
  const many = Array.from({ length: 300 }, (_, index) => process(index + 1, 10));
  assert.equal(sample(1e6, many).length, 4);
});

test('this very process has what the kernel says', () => {
  const { pid } = globalThis.process;
  const real = createProportional({
    files: createProcessFiles({ procfs: '/proc' }),
    clock: () => seconds,
    cpuClock: () => 0,
    budgetRatio: 1,
  });
  seconds += 60;
  const self = process(pid, 10);
  real.sample([self]);
  const text = readFileSync('/proc/self/smaps_rollup', 'utf8');
  const want = Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1]) * 1024;
  assert.ok(Math.abs(real.bytesOf(self) - want) < 8 * MB, `${real.bytesOf(self)} and ${want}`);
});
