import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeProcfs } from './fake.contract.ts';
import { createSampler } from './sampler.ts';
import { createTask } from './thread-time.ts';

const NOTHING = { runningSeconds: 0, runnableSeconds: 0, slices: 0 };

function createRig({ cpuPerRead = 0, threads = 1, budgetRatio = 0.01 }) {
  const procfs = createFakeProcfs();
  const tasks = Array.from({ length: threads }, (_, index) => createTask(index + 1, NOTHING, 0));
  for (const { tid } of tasks) procfs.put(tid, { state: 'D', channel: 'jbd2_log_wait' });
  const sampler = createSampler({
    files: procfs.files,
    clock: () => procfs.seconds,
    cpuClock: () => procfs.reads.length * cpuPerRead,
    budgetRatio,
  });
  sampler.watch(tasks.map((task) => ({ pid: task.tid, task, inspectable: true })));
  return { procfs, tasks, sampler };
}

test('each look votes for what the thread waits for', () => {
  const { procfs, tasks, sampler } = createRig({});
  for (const change of [
    {},
    { state: 'S', channel: 'futex_do_wait' },
    { state: 'S', channel: 'do_epoll_wait' },
    { state: 'R' },
    { state: 'D', channel: 'kernel_clone' },
  ]) {
    procfs.put(1, change);
    procfs.seconds += 0.25;
    assert.equal(sampler.sample(), 1);
  }
  assert.deepEqual(tasks[0]!.votes, { disk: 1, lock: 1, paging: 0, sleeping: 2 });
});

test('a thread that ended or may not be inspected does no harm', () => {
  const { procfs, tasks, sampler } = createRig({ threads: 2 });
  procfs.processes.delete(1);
  procfs.put(2, { denied: ['wchan'] });
  procfs.seconds += 1;
  assert.equal(sampler.sample(), 2);
  assert.deepEqual(tasks[0]!.votes, { disk: 0, lock: 0, paging: 0, sleeping: 0 });
  assert.deepEqual(tasks[1]!.votes, { disk: 1, lock: 0, paging: 0, sleeping: 0 });
});

test('looks stop at the CPU budget and go on with the next thread', () => {
  const { procfs, tasks, sampler } = createRig({ threads: 100, cpuPerRead: 0.001 });
  let looks = 0;
  for (let round = 0; round < 400; round += 1) {
    procfs.seconds += 0.25;
    looks += sampler.sample();
  }
  const cpuSeconds = procfs.reads.length * 0.001;
  assert.ok(cpuSeconds <= 0.01 * 100 + 0.02, `${cpuSeconds} s of CPU in 100 s`);
  assert.ok(cpuSeconds > 0.9, 'the budget is used');
  const votes = tasks.map((task) => task.votes.disk);
  assert.ok(Math.max(...votes) - Math.min(...votes) <= 1, 'all in turn');
  assert.ok(looks > 400);
});

test('without time or without threads nothing is looked at', () => {
  const { procfs, sampler } = createRig({});
  assert.equal(sampler.sample(), 0);
  sampler.watch([]);
  procfs.seconds += 1;
  assert.equal(sampler.sample(), 0);
  assert.deepEqual(procfs.reads, []);
});
