import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRateLimit } from './rate-limit.ts';

test('a burst passes, then one request per interval', () => {
  let ms = 0;
  const take = createRateLimit({ intervalSeconds: 2, burst: 3, now: () => ms });
  assert.deepEqual([take(), take(), take(), take()], [true, true, true, false]);
  ms = 1_999;
  assert.equal(take(), false);
  ms = 2_001;
  assert.deepEqual([take(), take()], [true, false]);
});

test('a long pause fills no more than the burst', () => {
  let ms = 0;
  const take = createRateLimit({ intervalSeconds: 1, burst: 2, now: () => ms });
  ms = 3_600_000;
  assert.deepEqual([take(), take(), take()], [true, true, false]);
});

test('an interval of zero limits nothing', () => {
  const take = createRateLimit({ intervalSeconds: 0, burst: 0 });
  assert.ok(Array.from({ length: 1_000 }, take).every(Boolean));
});
