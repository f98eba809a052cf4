import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLeadership, LEASE_SECONDS } from './leadership.ts';
import { createStore } from './store.ts';

test('one of two leads; the other follows when the first gives up', async (context) => {
  const store = createStore(undefined);
  context.after(() => store.close());
  const [one, two] = [createLeadership(store), createLeadership(store)];
  assert.equal(await one.keep(), true);
  assert.equal(await two.keep(), false);
  assert.equal(await one.keep(), true);
  assert.deepEqual([await one.holds(store), await two.holds(store)], [true, false]);
  await one.giveUp();
  assert.deepEqual([one.isHeld(), await one.holds(store)], [false, false]);
  assert.equal(await two.keep(), true);
});

test('who was held up does not act, even before it hears of another', async (context) => {
  const store = createStore(undefined);
  context.after(() => store.close());
  let now = 100;
  const one = createLeadership(store, { seconds: () => now });
  assert.equal(await one.keep(), true);
  now += LEASE_SECONDS;
  assert.deepEqual([one.isHeld(), await one.holds(store)], [false, false], 'by its own clock');
  assert.equal(await one.keep(), true, 'nobody took it meanwhile');
});

test('who lost the lease is fenced off by the store, whatever its own clock says', async (context) => {
  const store = createStore(undefined);
  context.after(() => store.close());
  const one = createLeadership(store, { seconds: () => 100 });
  assert.equal(await one.keep(), true);
  const [held] = [await store.leases.acquire('nobody', 1)];
  assert.equal(held, undefined);
  // The database says that it is over: as after a pause that our clock did not see.
  await store.leases.release({ holder: one.holder, token: 1 });
  assert.ok(await store.leases.acquire('other', 60));
  assert.equal(one.isHeld(), true, 'it does not know');
  assert.equal(await one.holds(store), false);
});
