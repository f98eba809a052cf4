import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUniform } from './uniform.ts';

test('the same seed gives the same numbers, another seed others', () => {
  const draw = (seed: number) => {
    const uniform = createUniform(seed);
    return Array.from({ length: 5 }, uniform);
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
});

test('within (0, 1), and spread evenly', () => {
  const uniform = createUniform(1);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const value = uniform();
    assert.ok(value > 0 && value < 1);
    counts[Math.floor(10 * value)]! += 1;
  }
  assert.ok(
    counts.every((count) => Math.abs(count - 1000) < 150),
    counts.join(' '),
  );
});
