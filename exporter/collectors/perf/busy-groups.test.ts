import assert from 'node:assert/strict';
import { test } from 'node:test';
import { busyGroups, type ProcessCpu } from './busy-groups.ts';

type Row = readonly [pid: number, group: string, cpuSeconds: number, startTicks?: number];
const reading = (...rows: Row[]) =>
  new Map<number, ProcessCpu>(
    rows.map(([pid, group, cpuSeconds, startTicks = 1]) => [
      pid,
      { group, cpuSeconds, startTicks },
    ]),
  );

test('busiest group and busiest process first', () => {
  const before = reading([1, 'web', 100], [2, 'web', 50], [3, 'db', 7], [4, 'idle', 9]);
  const after = reading([1, 'web', 101], [2, 'web', 54], [3, 'db', 17], [4, 'idle', 9]);
  assert.deepEqual(busyGroups(before, after, 10), [
    { group: 'db', cpus: 1, pids: [3] },
    { group: 'web', cpus: 0.5, pids: [2, 1] },
    { group: 'idle', cpus: 0, pids: [4] },
  ]);
});

test('a new process counts from its start, also under a pid that another one had', () => {
  const before = reading([1, 'web', 500, 11]);
  const after = reading([1, 'web', 2, 99], [2, 'web', 4]);
  assert.deepEqual(busyGroups(before, after, 10), [{ group: 'web', cpus: 0.6, pids: [2, 1] }]);
});

test('who has ended does not count', () => {
  assert.deepEqual(busyGroups(reading([1, 'web', 5]), reading(), 10), []);
});
