import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreUnavailableError } from './database.ts';
import { createTurnQueue } from './turn-queue.ts';

const isBusy = (error: unknown) =>
  error instanceof StoreUnavailableError && error.reason === 'busy';

test('one after the other, in order, also after a failure', async () => {
  const queue = createTurnQueue();
  const log: string[] = [];
  const work = (name: string) =>
    queue.take(async () => {
      log.push(`${name} begins`);
      await sleep(1);
      log.push(`${name} ends`);
      if (name === 'b') throw new Error('b failed');
      return name;
    });
  const results = await Promise.allSettled([work('a'), work('b'), work('c')]);
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  assert.deepEqual(
    log,
    ['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]),
  );
});

test('who would be one too many is refused at once', async () => {
  const queue = createTurnQueue({ maxWaiting: 1, maxWaitMs: 60_000 });
  let end = () => {};
  const first = queue.take(() => new Promise<void>((resolve) => (end = resolve)));
  const second = queue.take(() => 2);
  await assert.rejects(
    queue.take(() => 3),
    isBusy,
  );
  end();
  assert.deepEqual(await Promise.all([first, second]), [undefined, 2]);
});

test('a wait for oneself ends, and the queue goes on', async () => {
  const queue = createTurnQueue({ maxWaiting: 10, maxWaitMs: 20 });
  await assert.rejects(
    queue.take(() => queue.take(() => 1)),
    isBusy,
  );
  assert.equal(await queue.take(() => 2), 2);
});
