import assert from 'node:assert/strict';
import { hostname, release } from 'node:os';
import { test } from 'node:test';
import { readInventory } from './inventory.ts';

test('the inventory of this machine agrees with the kernel', async () => {
  const inventory = await readInventory();
  assert.equal(inventory.hostname, hostname());
  assert.equal(inventory.kernel, release());
  assert.ok(inventory.cpus >= 1);
  assert.notEqual(inventory.os, '');
});
