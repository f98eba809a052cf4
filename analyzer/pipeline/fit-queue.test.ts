import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCpuBudget } from './cpu-budget.ts';
import { createFitQueue, type FitJob } from './fit-queue.ts';

const job = (key: string, deadline: number, weight = 0): FitJob => ({
  key,
  due: deadline - 30,
  deadline,
  weight,
});
const keys = (jobs: readonly FitJob[]) => jobs.map(({ key }) => key);

test('the earliest deadline goes first, the heaviest among equals', () => {
  const queue = createFitQueue();
  for (const one of [job('light', 10, 1), job('late', 20, 9), job('heavy', 10, 5)])
    assert.equal(queue.push(one), true);
  assert.deepEqual(keys(queue.waiting()), ['heavy', 'light', 'late']);
});

test('what waits already keeps its place, and is moved only forward', () => {
  const queue = createFitQueue();
  queue.push(job('a', 10));
  queue.push(job('b', 20));
  queue.push(job('a', 90));
  assert.deepEqual(keys(queue.waiting()), ['a', 'b']);
  queue.push(job('b', 5));
  assert.deepEqual(keys(queue.waiting()), ['b', 'a']);
  assert.equal(queue.size, 2);
});

test('a full queue refuses what is new, not what it has', () => {
  const queue = createFitQueue(1);
  assert.deepEqual([queue.push(job('a', 10)), queue.push(job('b', 1))], [true, false]);
  assert.equal(queue.push(job('a', 5)), true);
  queue.remove('a');
  assert.equal(queue.push(job('b', 1)), true);
});

test('the lag is that of the most overdue', () => {
  const queue = createFitQueue();
  assert.equal(queue.lag(100), 0);
  queue.push(job('a', 90));
  queue.push(job('b', 70));
  assert.deepEqual([queue.lag(60), queue.lag(100)], [0, 30]);
});

test('light jobs are served although heavy ones come again and again', () => {
  const queue = createFitQueue();
  queue.push(job('light', 30, -1_000));
  for (let now = 0; now < 60; now += 1) {
    queue.push(job(`heavy ${now}`, now + 30, 1_000));
    queue.push(job(`heavy too ${now}`, now + 30, 1_000));
    queue.remove(queue.waiting()[0]!.key);
  }
  assert.ok(!keys(queue.waiting()).includes('light'));
});

test('a budget is spent, overdrawn, earned again, and saved up to its reserve only', () => {
  const budget = createCpuBudget({ cores: 0.5, reserveSeconds: 10 });
  budget.refill(1_000);
  assert.equal(budget.left(), 10);
  budget.spend(12);
  budget.refill(1_002);
  assert.equal(budget.left(), -1);
  budget.refill(1_001);
  assert.equal(budget.left(), -1, 'a clock that goes back earns nothing');
  budget.refill(2_000);
  assert.equal(budget.left(), 10);
});
