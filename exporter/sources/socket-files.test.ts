import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createSocketFiles } from './socket-files.ts';

const procfs = mkdtempSync(join(tmpdir(), 'guard-fd-'));
after(() => rmSync(procfs, { recursive: true }));
mkdirSync(join(procfs, '7/fd'), { recursive: true });
mkdirSync(join(procfs, 'self'));
symlinkSync('socket:[4711]', join(procfs, '7/fd/3'));
const files = createSocketFiles(procfs);

test('processes, their open files, and what those are', () => {
  assert.deepEqual(files.listProcesses(), [7]);
  assert.deepEqual(files.listFiles(7), ['3']);
  assert.equal(files.readFile(7, '3'), 'socket:[4711]');
  assert.deepEqual([files.isAlive(7), files.isAlive(8)], [true, false]);
});

test('what has gone is nothing', () => {
  assert.deepEqual(files.listFiles(8), []);
  assert.equal(files.readFile(7, '4'), undefined);
  assert.equal(files.readFile(8, '3'), undefined);
});

test('a procfs that cannot be listed is an error', () => {
  assert.throws(() => createSocketFiles(join(procfs, 'none')).listProcesses(), /ENOENT/);
});
