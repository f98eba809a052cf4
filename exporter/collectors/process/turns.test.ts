import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNTER, COUNTER_COUNT } from './counters.ts';
import { createFakeProcfs } from './fake.contract.ts';
import { createSampler } from './sampler.ts';
import { createTask } from './thread-time.ts';

const NOTHING = { runningSeconds: 0, runnableSeconds: 0, slices: 0 };
const REST = '0x0 0x0 0x0 0x7ffc 0x7f4d';
const FUTEX = { state: 'S', channel: 'futex_do_wait', syscall: `202 0x3f7c 0x189 0x0 ${REST}` };
const MUTEX = { ...FUTEX, syscall: `202 0x40c0 0x80 0x2 ${REST}` };
const WORKS = { state: 'R', channel: '' };

type Place = { readonly state: string; readonly channel: string; readonly syscall?: string };

/** One process of so many threads; each look finds them where `rounds` says. @returns looks with one at work, and others. */
function look(rounds: readonly (readonly Place[])[], { cpuPerRead = 0 } = {}): [number, number] {
  const procfs = createFakeProcfs();
  const counters = new Float64Array(COUNTER_COUNT);
  const tasks = rounds[0]!.map((_, index) => createTask(index + 1, NOTHING, 0));
  const sampler = createSampler({
    files: {
      ...procfs.files,
      read: (path: string) => {
        procfs.reads.push(path);
        return read(path);
      },
    },
    clock: () => procfs.seconds,
    cpuClock: () => procfs.reads.length * cpuPerRead,
    budgetRatio: 0.01,
  });
  let places: readonly Place[] = [];
  function read(path: string): string {
    const [, tid, file] = /^\d+\/task\/(\d+)\/(\w+)$/.exec(path)!;
    const { state, channel, syscall = 'running' } = places[Number(tid) - 1]!;
    if (file === 'syscall') return syscall;
    return file === 'wchan' ? channel : `${tid} (shop) ${state} 1`;
  }
  sampler.watch(tasks.map((task) => ({ pid: 7, task, inspectable: true, counters })));
  for (const round of rounds) {
    places = round;
    procfs.seconds += 0.25;
    sampler.sample();
  }
  return [counters[COUNTER.oneThroughLooks]!, counters[COUNTER.otherLooks]!];
}

/** Whose index is in `at` is at that place, the others queue; 20 looks, one place further each time. */
const turns = (threads: number, at: readonly number[], place: Place) =>
  Array.from({ length: 20 }, (_, round) =>
    Array.from({ length: threads }, (_, index) =>
      at.includes((index + round) % threads) ? place : FUTEX,
    ),
  );

test('behind a lock one at a time is at work, whether it computes, sleeps or waits for the disk', () => {
  for (const place of [
    WORKS,
    { state: 'S', channel: 'hrtimer_nanosleep' },
    { state: 'S', channel: 'sk_wait_data' },
    { state: 'D', channel: 'io_schedule' },
  ]) {
    const [one, other] = look(turns(4, [0], place));
    assert.ok(one >= 16 && other <= 4, `${place.channel}: ${one} to ${other}`);
  }
});

test('of a pool none or several are at work', () => {
  assert.equal(look(turns(6, [], WORKS))[0], 0);
  const [one, other] = look(turns(6, [0, 2], WORKS));
  assert.ok(one <= 4 && other >= 16);
});

test('who watches the sockets for the others is not at work', () => {
  const [one] = look(turns(5, [0], { state: 'S', channel: 'ep_poll' }));
  assert.equal(one, 0);
});

test('one that works alone again and again takes no turns', () => {
  const main = Array.from({ length: 20 }, (_, round) => [
    round % 5 === 0 ? FUTEX : WORKS,
    FUTEX,
    FUTEX,
    FUTEX,
  ]);
  const [one, other] = look(main);
  assert.ok(one <= 1 && other >= 4, `${one} to ${other}`);
});

test('who never queues does not take part', () => {
  const busy = Array.from({ length: 20 }, () => [WORKS, FUTEX, FUTEX, FUTEX]);
  assert.equal(look(busy)[0], 0);
});

test('threads that wait for a mutex are a queue, however many of the others are at work', () => {
  const crowded = Array.from({ length: 20 }, () => [WORKS, WORKS, WORKS, MUTEX, MUTEX]);
  assert.deepEqual(look(crowded), [20, 0]);
});

test('threads that each sleep on a futex of their own are no queue, nor are those that may not be looked at', () => {
  const parked = Array.from({ length: 20 }, (_, round) =>
    Array.from({ length: 5 }, (_, index) =>
      index === round % 5 ? WORKS : { ...FUTEX, syscall: `202 0x${index}00 0x80 0x0 ${REST}` },
    ),
  );
  assert.deepEqual(look(parked), [0, 0]);
  const hidden = parked.map((round) =>
    round.map((place) => (place === WORKS ? WORKS : { ...place, syscall: '' })),
  );
  assert.deepEqual(look(hidden), [0, 0]);
});

test('two threads are no queue', () => {
  assert.deepEqual(look(turns(2, [0], WORKS)), [0, 0]);
});

test('a look that took two calls is not of one moment', () => {
  assert.deepEqual(look(turns(40, [0], WORKS), { cpuPerRead: 0.001 }), [0, 0]);
});
