import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSchedule } from './schedule.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A job whose runs end when they are told to, or when they are stopped. */
function manualJob(name: string, log: string[], intervalSeconds = 10) {
  let done = () => {};
  return {
    intervalSeconds,
    done: () => done(),
    run(stop: AbortSignal) {
      log.push(name);
      return new Promise<void>((resolve) => {
        done = resolve;
        stop.addEventListener('abort', () => resolve());
      });
    },
  };
}

test('a job runs on its interval and never beside itself', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const log: string[] = [];
  const job = manualJob('a', log);
  const schedule = createSchedule([job], { maxConcurrent: 10, random: () => 0 });
  schedule.start();
  assert.equal(log.length, 1);
  t.mock.timers.tick(30_000);
  assert.equal(log.length, 1);
  job.done();
  await turn();
  assert.equal(log.length, 1);
  t.mock.timers.tick(10_000);
  assert.equal(log.length, 2);
  await schedule.stop();
});

test('the first runs are spread over the interval, at most over 15 s', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const log: string[] = [];
  const jobs = [manualJob('short', log, 10), manualJob('long', log, 3600)];
  const schedule = createSchedule(jobs, { maxConcurrent: 10, random: () => 0.5 });
  schedule.start();
  t.mock.timers.tick(4_999);
  assert.deepEqual(log, []);
  t.mock.timers.tick(1);
  assert.deepEqual(log, ['short']);
  t.mock.timers.tick(2_500);
  assert.deepEqual(log, ['short', 'long']);
  await schedule.stop();
});

test('so many at once, the others in their order', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const log: string[] = [];
  const jobs = ['a', 'b', 'c', 'd'].map((name) => manualJob(name, log));
  const schedule = createSchedule(jobs, { maxConcurrent: 2, random: () => 0 });
  schedule.start();
  t.mock.timers.tick(100_000);
  assert.deepEqual(log, ['a', 'b']);
  jobs[1]?.done();
  await turn();
  assert.deepEqual(log, ['a', 'b', 'c']);
  await schedule.stop();
});

test('after a stop nothing runs and nothing begins', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] });
  const log: string[] = [];
  const jobs = ['a', 'b'].map((name) => manualJob(name, log));
  const schedule = createSchedule(jobs, { maxConcurrent: 1, random: () => 0 });
  schedule.start();
  await schedule.stop();
  t.mock.timers.tick(100_000);
  await turn();
  assert.deepEqual(log, ['a']);
  await schedule.stop();
});
