import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { COUNTER, COUNTER_COUNT, THREAD_STATES } from './counters.ts';
import { advanceTask, countLook, createTask, hasMoved, judgeLook } from './thread-time.ts';

const schedstat = (runningSeconds: number, runnableSeconds = 0, slices = 1) => ({
  runningSeconds,
  runnableSeconds,
  slices,
});
const budget = (counters: Float64Array) =>
  Object.fromEntries(
    THREAD_STATES.map((state) => [state, Number(counters[COUNTER[state]]!.toFixed(6))]),
  );
const idle = { running: 0, runnable: 0, disk: 0, lock: 0, paging: 0, sleeping: 0 };

test('state and wait channel name the wait', () => {
  for (const [state, channel, want] of [
    ['R', '0', 'busy'],
    ['D', 'folio_wait_bit_common', 'disk'],
    ['D', '0', 'disk'],
    ['D', 'kernel_clone', 'sleeping'],
    ['D', '_do_fork', 'sleeping'],
    ['D', 'do_swap_page', 'paging'],
    ['D', 'filemap_fault', 'paging'],
    ['S', 'futex_do_wait', 'lock'],
    ['S', 'futex_wait_queue_me', 'lock'],
    ['S', 'do_epoll_wait', 'sleeping'],
    ['S', '0', 'sleeping'],
    ['I', 'worker_thread', 'sleeping'],
    ['T', 'do_signal_stop', 'sleeping'],
    ['', '', 'sleeping'],
  ] as const) {
    assert.equal(judgeLook(state, channel), want, `${state} ${channel}`);
  }
});

test('the rest of the time goes to what was seen, in proportion', () => {
  const counters = new Float64Array(COUNTER_COUNT);
  const task = createTask(7, schedstat(10, 5), 100);
  countLook(task, 'disk');
  countLook(task, 'disk');
  countLook(task, 'lock');
  countLook(task, 'busy');
  const share = advanceTask(
    task,
    { schedstat: schedstat(12, 6), readAt: 105, look: 'paging' },
    counters,
  );
  assert.deepEqual(budget(counters), {
    ...idle,
    running: 2,
    runnable: 1,
    disk: 1,
    lock: 0.5,
    paging: 0.5,
  });
  assert.equal(share, 0.4);
});

test('looks count for their interval only', () => {
  const counters = new Float64Array(COUNTER_COUNT);
  const task = createTask(7, schedstat(0), 0);
  countLook(task, 'disk');
  advanceTask(task, { schedstat: schedstat(0), readAt: 1, look: 'disk' }, counters);
  advanceTask(task, { schedstat: schedstat(0), readAt: 3, look: 'sleeping' }, counters);
  assert.deepEqual(budget(counters), { ...idle, disk: 1, sleeping: 2 });
});

test('a thread that was only seen busy paused in sleep', () => {
  const counters = new Float64Array(COUNTER_COUNT);
  const task = createTask(7, schedstat(0), 0);
  advanceTask(task, { schedstat: schedstat(0.75), readAt: 1, look: 'busy' }, counters);
  assert.deepEqual(budget(counters), { ...idle, running: 0.75, sleeping: 0.25 });
});

test('a wait for the CPU that began earlier is taken from the waits that follow', () => {
  const counters = new Float64Array(COUNTER_COUNT);
  const task = createTask(7, schedstat(0), 0);
  advanceTask(task, { schedstat: schedstat(0, 0), readAt: 1, look: 'busy' }, counters);
  advanceTask(task, { schedstat: schedstat(0, 1.5, 2), readAt: 2, look: 'sleeping' }, counters);
  advanceTask(task, { schedstat: schedstat(0, 1.5, 2), readAt: 3, look: 'sleeping' }, counters);
  assert.deepEqual(budget(counters), { ...idle, runnable: 1.5, sleeping: 1.5 });
});

test('counters that go back and time that stands still add nothing', () => {
  const counters = new Float64Array(COUNTER_COUNT);
  const task = createTask(7, schedstat(9, 9, 9), 5);
  const share = advanceTask(
    task,
    { schedstat: schedstat(1, 1, 1), readAt: 5, look: 'disk' },
    counters,
  );
  assert.deepEqual(budget(counters), idle);
  assert.ok(Number.isNaN(share));
});

test('any of the three numbers is movement', () => {
  const task = createTask(7, schedstat(1, 1, 1), 0);
  assert.equal(hasMoved(task, schedstat(1, 1, 1)), false);
  for (const next of [schedstat(2, 1, 1), schedstat(1, 2, 1), schedstat(1, 1, 2)]) {
    assert.equal(hasMoved(task, next), true);
  }
});

test('property: the budget never shrinks and adds up to the elapsed time', () => {
  const step = fc.record({
    elapsed: fc.double({ min: 0, max: 10, noNaN: true }),
    running: fc.double({ min: 0, max: 1, noNaN: true }),
    runnable: fc.double({ min: 0, max: 2, noNaN: true }),
    looks: fc.array(fc.constantFrom('disk', 'lock', 'paging', 'sleeping', 'busy')),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const counters = new Float64Array(COUNTER_COUNT);
      const task = createTask(1, schedstat(0), 0);
      let now = 0;
      let [running, runnable] = [0, 0];
      for (const { elapsed, looks, ...used } of steps) {
        const before = Float64Array.from(counters);
        now += elapsed;
        running += used.running * elapsed;
        runnable += used.runnable * elapsed;
        for (const look of looks) countLook(task, look as 'disk');
        advanceTask(
          task,
          { schedstat: schedstat(running, runnable), readAt: now, look: 'busy' },
          counters,
        );
        assert.ok(counters.every((value, index) => value >= before[index]!));
      }
      const total = counters.reduce((sum, value) => sum + value, 0);
      assert.ok(Math.abs(total - task.overdrawnSeconds - now) < 1e-6, `${total} of ${now}`);
    }),
  );
});
