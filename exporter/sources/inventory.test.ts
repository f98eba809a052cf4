import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readInventory } from './inventory.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-inventory-'));
after(() => rmSync(folder, { recursive: true }));

function script(source: string): string {
  const file = join(folder, 'child.mjs');
  writeFileSync(file, source);
  return file;
}

test('the inventory of this machine agrees with the kernel', async () => {
  const inventory = await readInventory();
  assert.equal(inventory.hostname, hostname());
  assert.equal(inventory.kernel, release());
  assert.ok(inventory.cpus >= 1);
  assert.notEqual(inventory.os, '');
});

test('a child that fails, prints something else or too much is an error', async () => {
  await assert.rejects(readInventory(undefined, script('throw new Error("no tools")')), /no tools/);
  await assert.rejects(readInventory(undefined, script('')), /JSON/);
  await assert.rejects(readInventory(undefined, script('process.stdout.write("{}")')), /hostname/);
  const endless = 'process.stdout.write("x".repeat(1e6))';
  await assert.rejects(readInventory(undefined, script(endless)), /maxBuffer/);
});

test('an abort ends the child', async () => {
  const hanging = readInventory(AbortSignal.timeout(50), script('setInterval(() => {}, 1000)'));
  await assert.rejects(hanging, { name: 'AbortError' });
});
