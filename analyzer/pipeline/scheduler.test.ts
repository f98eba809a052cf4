import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScheduler } from './scheduler.ts';

test('a job never overlaps itself, and late turns are skipped', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  let running = 0;
  let runs = 0;
  let finish: () => void = () => {};
  const scheduler = createScheduler({
    intervalMs: 1000,
    run: () => {
      running += 1;
      runs += 1;
      assert.equal(running, 1);
      return new Promise<void>((resolve) => {
        finish = () => {
          running -= 1;
          resolve();
        };
      });
    },
  });
  scheduler.start();
  t.mock.timers.tick(5000);
  assert.equal(runs, 1);
  finish();
  await new Promise((resolve) => setImmediate(resolve));
  t.mock.timers.tick(1000);
  assert.equal(runs, 2);
  const stopped = scheduler.stop();
  finish();
  await stopped;
  t.mock.timers.tick(5000);
  assert.equal(runs, 2);
});
