import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { MAX_DEPTH, MAX_VISITED, walkCgroups } from './tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-cgroup-tree-'));
after(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();

function tree(name: string, paths: readonly string[]): string {
  const root = join(folder, name);
  for (const path of ['', ...paths]) mkdirSync(join(root, path), { recursive: true });
  writeFileSync(join(root, 'cgroup.procs'), '');
  return root;
}

test('by depth, then by name, files left out', async () => {
  const root = tree('shape', ['b/z', 'a/y', 'a/x/deep']);
  assert.deepEqual(await walkCgroups(root, signal), {
    paths: ['/', '/a', '/b', '/a/x', '/a/y', '/b/z', '/a/x/deep'],
    unvisited: 0,
  });
});

test('what is too deep is counted, not visited', async () => {
  const names = Array.from({ length: MAX_DEPTH + 2 }, (_, depth) => `d${depth}`);
  const { paths, unvisited } = await walkCgroups(tree('deep', [names.join('/')]), signal);
  assert.equal(paths.length, MAX_DEPTH + 1);
  assert.equal(unvisited, 1);
});

test('so is what is too much', async () => {
  const names = Array.from({ length: MAX_VISITED + 9 }, (_, index) => `c${index}`);
  const { paths, unvisited } = await walkCgroups(tree('wide', names), signal);
  assert.equal(paths.length, MAX_VISITED);
  assert.equal(unvisited, 10);
});

test('an abort ends the walk, and a tree that is gone is only its root', async () => {
  await assert.rejects(walkCgroups(folder, AbortSignal.abort()), { name: 'AbortError' });
  const gone = await walkCgroups(join(folder, 'gone'), signal);
  assert.deepEqual(gone, { paths: ['/'], unvisited: 0 });
});
