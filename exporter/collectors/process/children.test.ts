import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Ancestor, createAncestry, parseParentPid } from './children.ts';

function treeOf(tree: Record<number, Ancestor>) {
  const reads: number[] = [];
  const ancestry = createAncestry((pid) => {
    reads.push(pid);
    return tree[pid];
  });
  return { ancestry, reads };
}

const TREE = {
  1: { parentPid: 0, gives: undefined },
  10: { parentPid: 1, gives: 'web' },
  11: { parentPid: 10, gives: undefined },
  12: { parentPid: 11, gives: 'shop' },
  20: { parentPid: 1, gives: undefined },
};

test('the nearest one that gives its group', () => {
  const { ancestry } = treeOf(TREE);
  assert.equal(ancestry(12, 0), 'shop');
  assert.equal(ancestry(11, 0), 'web');
  assert.equal(ancestry(10, 0), 'web');
});

test('none above gives one', () => {
  const { ancestry } = treeOf(TREE);
  assert.equal(ancestry(20, 0), undefined);
  assert.equal(ancestry(1, 0), undefined);
  assert.equal(ancestry(0, 0), undefined);
  assert.equal(ancestry(99, 0), undefined);
});

test('a loop ends', () => {
  const { ancestry } = treeOf({
    5: { parentPid: 6, gives: undefined },
    6: { parentPid: 5, gives: undefined },
  });
  assert.equal(ancestry(5, 0), undefined);
});

test('each is read once within a second, and again later', () => {
  const { ancestry, reads } = treeOf(TREE);
  ancestry(11, 0);
  ancestry(11, 0.5);
  assert.deepEqual(reads, [11, 10]);
  ancestry(11, 1);
  assert.deepEqual(reads, [11, 10, 11, 10]);
});

test('the parent in a stat file', () => {
  assert.equal(parseParentPid('12 (a) b ) S 7 12 12 0 -1 4194304'), 7);
  for (const bad of ['', '12 (a', '12 (a) S', '12 (a) S -1 2 '])
    assert.equal(parseParentPid(bad), 0);
});
