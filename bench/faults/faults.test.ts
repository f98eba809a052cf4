import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const file = (name: string) => join(import.meta.dirname, `${name}.ts`);

test('the CPU hog burns under its own name and ends by itself', async () => {
  const args = [file('cpu-hog'), '--threads=1', '--seconds=1'];
  const hog = spawn(process.execPath, args, { stdio: 'inherit' });
  const exit = new Promise((resolve) => hog.once('exit', resolve));
  await until(() => /^Name:\tdemo-cpu-hog$/m.test(statusOf(hog.pid)));
  assert.equal(await exit, 0);
});

test('the leak really keeps memory, and ends at its limit or at a signal', async () => {
  const args = [file('memory-leak'), '--rate=3000', '--limit=40'];
  const before = spawn(process.execPath, args, { stdio: 'inherit' });
  const exit = new Promise((resolve) => before.once('exit', resolve));
  let largestKb = 0;
  await until(() => {
    const kb = Number(/^RssAnon:\s+(\d+)/m.exec(statusOf(before.pid))?.[1] ?? 0);
    largestKb = Math.max(largestKb, kb);
    return before.exitCode !== null;
  });
  assert.equal(await exit, 0);
  assert.ok(largestKb > 40_000, `${largestKb} kB seen`);
});

test('a load without a bound is refused', () => {
  for (const [name, flag] of [
    ['cpu-hog', '--seconds=1e9'],
    ['cpu-hog', '--threads=0'],
    ['memory-leak', '--limit=1000000'],
    ['memory-leak', '--rate=fast'],
  ] as const) {
    const { status, stderr } = spawnSync(process.execPath, [file(name), flag], {
      encoding: 'utf8',
      timeout: 20_000,
    });
    assert.equal(status, 1, `${name} ${flag}`);
    assert.match(stderr, /at most/);
  }
});

function statusOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 1_000 && !condition(); round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.ok(condition());
}
