import assert from 'node:assert/strict';
import { test } from 'node:test';
import { layOutFlames } from './flamegraph-layout.ts';

const layOut = (stacks: Record<string, number>) => layOutFlames(new Map(Object.entries(stacks)));

test('callees share the width of their caller, most samples first', () => {
  const { boxes, samples, depth, omitted } = layOut({
    'main;b': 1,
    'main;a;x': 2,
    main: 1,
    idle: 4,
  });
  assert.deepEqual(
    boxes.map((box) => [box.name, box.depth, box.start, box.width, box.samples]),
    [
      ['all', 0, 0, 1, 8],
      ['idle', 1, 0, 0.5, 4],
      ['main', 1, 0.5, 0.5, 4],
      ['a', 2, 0.5, 0.25, 2],
      ['b', 2, 0.75, 0.125, 1],
      ['x', 3, 0.5, 0.25, 2],
    ],
  );
  assert.deepEqual([samples, depth, omitted], [8, 4, 0]);
});

test('a function that calls itself is one box below the other', () => {
  assert.deepEqual(
    layOut({ 'f;f;f': 3 }).boxes.map(({ name, depth, width }) => [name, depth, width]),
    [
      ['all', 0, 1],
      ['f', 1, 1],
      ['f', 2, 1],
      ['f', 3, 1],
    ],
  );
});

test('what is too narrow or too much is left out and counted', () => {
  assert.equal(layOut({ big: 10_000, tiny: 1 }).omitted, 1);
  const many = Object.fromEntries(
    Array.from({ length: 1500 }, (_, index) => [`f${index};g;h;i`, 1]),
  );
  const { boxes, omitted } = layOut(many);
  assert.equal(boxes.length, 4_000);
  assert.ok(omitted > 0);
});

test('without samples there is no box', () => {
  assert.deepEqual(layOut({}), { boxes: [], samples: 0, depth: 0, omitted: 0 });
});
