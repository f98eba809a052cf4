import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import {
  type ChildLife,
  createRestartingChild,
  type Death,
  endChild,
  nextPauseMs,
} from './restarting-child.ts';

const PAUSES = { firstMs: 1_000, maxMs: 4_000 };
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Lives that end when the test says so. */
function watch() {
  const lives: { die: (how: string) => void; endedWithin: number[] }[] = [];
  const deaths: Death<string>[] = [];
  const launch = (): ChildLife<string> => {
    const { promise: gone, resolve } = Promise.withResolvers<string>();
    const endedWithin: number[] = [];
    lives.push({ die: resolve, endedWithin });
    const end = async (graceMs: number) => {
      endedWithin.push(graceMs);
      resolve('asked to');
    };
    return { gone, end };
  };
  const child = createRestartingChild({
    launch,
    pauses: PAUSES,
    onDeath: (death) => deaths.push(death),
  });
  return { child, lives, deaths };
}

test('who dies is started again after a pause that grows, and how it died is told', async (t) => {
  const { child, lives, deaths } = watch();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  child.start();
  child.start();
  for (const [index, pauseMs] of [1_000, 2_000, 4_000, 4_000].entries()) {
    assert.equal(lives.length, index + 1);
    lives[index]?.die(`end ${index}`);
    await settled();
    assert.deepEqual([deaths[index]?.how, deaths[index]?.pauseMs], [`end ${index}`, pauseMs]);
    t.mock.timers.tick(pauseMs - 1);
    assert.equal(lives.length, index + 1);
    t.mock.timers.tick(1);
  }
  assert.equal(lives.length, 5);
  await child.stop();
});

test('a stop during the pause starts nothing, and gives the dead one a last chance to clean up', async (t) => {
  const { child, lives, deaths } = watch();
  t.mock.timers.enable({ apis: ['setTimeout'] });
  child.start();
  lives[0]?.die('crash');
  await settled();
  await child.stop(7);
  t.mock.timers.tick(600_000);
  assert.deepEqual([lives.length, deaths.length], [1, 1]);
  assert.deepEqual(lives[0]?.endedWithin, [7]);
});

test('an end that was asked for is no death', async () => {
  const { child, lives, deaths } = watch();
  child.start();
  await child.stop();
  await settled();
  assert.deepEqual([lives.length, deaths.length], [1, 0]);
  await child.stop();
});

test('a replaced child is followed at once, without a death; asked twice, once', async () => {
  const { child, lives, deaths } = watch();
  child.replace();
  assert.equal(lives.length, 0);
  child.start();
  child.replace();
  child.replace();
  await settled();
  assert.deepEqual([lives.length, deaths.length], [2, 0]);
  await child.stop();
});

test('a start right after a stop leaves one child, and the end of the old one is not that of the new', async () => {
  const { child, lives, deaths } = watch();
  child.start();
  const stopped = child.stop();
  child.start();
  await stopped;
  await settled();
  assert.deepEqual([lives.length, deaths.length], [2, 0]);
  await child.stop();
  assert.equal(lives[1]?.endedWithin.length, 1);
});

test('never are there two: a start waits for the end that a stop has begun', async () => {
  const lives: PromiseWithResolvers<string>[] = [];
  const child = createRestartingChild<string>({
    launch() {
      const life = Promise.withResolvers<string>();
      lives.push(life);
      return { gone: life.promise, end: async () => void (await life.promise) };
    },
    pauses: PAUSES,
    onDeath: () => assert.fail('nobody died by itself'),
  });
  child.start();
  const stopped = child.stop();
  child.start();
  await settled();
  assert.equal(lives.length, 1, 'the old one is still there');
  lives[0]?.resolve('asked to');
  await stopped;
  await settled();
  assert.equal(lives.length, 2);
  lives[1]?.resolve('asked to');
  await child.stop();
});

test('pauses double up to the longest and start over after a healthy life', () => {
  const pauses = { firstMs: 500, maxMs: 30_000 };
  let pause: number | undefined;
  const seconds = Array.from({ length: 9 }, () => {
    pause = nextPauseMs(pause, 100, pauses);
    return pause / 1000;
  });
  assert.deepEqual(seconds, [0.5, 1, 2, 4, 8, 16, 30, 30, 30]);
  assert.equal(nextPauseMs(30_000, 60_000, pauses), 500);
  assert.equal(nextPauseMs(30_000, 59_999, pauses), 30_000);
});

test('who ignores TERM is killed, who is gone already is waited for no longer', async () => {
  const script = 'trap "" TERM; echo ready; while :; do sleep 0.1; done';
  const child = spawn('sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  const gone = once(child, 'exit');
  await once(child.stdout, 'data');
  await endChild(child, gone, 50);
  assert.equal(child.signalCode, 'SIGKILL');
  await endChild(child, gone);
});
