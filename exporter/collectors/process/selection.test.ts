import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSelection } from './selection.ts';

const size = (name: string, residentBytes: number, cpuSeconds = 0) => ({
  name,
  residentBytes,
  cpuSeconds,
});

test('everything is shown while there is room', () => {
  const chosen = createSelection(3).choose([size('a', 1), size('b', 0), size('c', Number.NaN)]);
  assert.deepEqual([...chosen], ['a', 'b', 'c']);
  assert.equal(createSelection(3).choose([]).size, 0);
});

test('the smallest by memory and CPU are left out', () => {
  const chosen = createSelection(2).choose([
    size('small', 1),
    size('memory', 100),
    size('cpu', 2, 9),
    size('unknown', Number.NaN),
  ]);
  assert.deepEqual([...chosen].sort(), ['cpu', 'memory']);
});

test('a shown group does not flap when sizes tremble', () => {
  const selection = createSelection(1);
  for (let round = 0; round < 20; round += 1) {
    const chosen = selection.choose([size('a', 100), size('b', round === 0 ? 90 : 150)]);
    assert.deepEqual([...chosen], ['a']);
  }
});

test('a group that became much larger takes the place, one burst does not', () => {
  const selection = createSelection(1);
  selection.choose([size('a', 100), size('b', 10)]);
  assert.deepEqual([...selection.choose([size('a', 100), size('b', 300)])], ['a']);
  let chosen: ReadonlySet<string> = new Set();
  for (let round = 0; round < 20; round += 1) {
    chosen = selection.choose([size('a', 100), size('b', 1000)]);
  }
  assert.deepEqual([...chosen], ['b']);
});

test('the place of a group that has gone is free', () => {
  const selection = createSelection(2);
  selection.choose([size('a', 100), size('b', 90), size('c', 80)]);
  const chosen = selection.choose([size('a', 100), size('c', 80), size('d', 1)]);
  assert.deepEqual([...chosen].sort(), ['a', 'c']);
});

test('there are never more than allowed', () => {
  const selection = createSelection(5);
  for (let round = 0; round < 30; round += 1) {
    const groups = Array.from({ length: 40 }, (_, index) =>
      size(`g${(index + round) % 50}`, (index * 7919 * (round + 1)) % 1000),
    );
    assert.equal(selection.choose(groups).size, 5);
  }
});
