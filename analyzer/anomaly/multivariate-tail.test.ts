import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitTail, rarity } from './multivariate-tail.ts';

const history = Float64Array.from({ length: 1000 }, (_, i) => 1 / (1 - (i + 0.5) / 1000));

test('ranks are powers of ten, within the history and beyond it', () => {
  const tail = fitTail(history);
  assert.ok(Math.abs(rarity(tail, 10) - 1) < 0.05);
  // The share above x is 1 / x, so that the score's own logarithm is the answer; the tail is estimated from ten values.
  assert.ok(Math.abs(rarity(tail, 1e4) - 4) < 1);
});

test('rarity never falls when the score rises', () => {
  const tail = fitTail(history);
  const rarities = Array.from({ length: 500 }, (_, i) => rarity(tail, 1.05 ** i));
  assert.deepEqual(
    rarities,
    [...rarities].sort((a, b) => a - b),
  );
});

test('a constant history: the same is usual, more is rare but bounded', () => {
  const tail = fitTail(new Float64Array(50).fill(2));
  assert.equal(rarity(tail, 2), 0);
  assert.ok(rarity(tail, 4) > 2);
  assert.ok(rarity(tail, 1e300) <= 12);
  assert.ok(Number.isFinite(rarity(fitTail(Float64Array.of(0)), 5)));
});
