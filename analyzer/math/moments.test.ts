// References: numpy 2.4.6 `mean` and `var(ddof=1)`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mean, standardDeviation, variance } from './moments.ts';

const VALUES = [3.1, -2, 7.7, 0.5, 12, 4.4, 4.4];

test('mean and variance are the ones of numpy', () => {
  assert.ok(Math.abs(mean(VALUES) - 4.3) < 1e-12);
  assert.ok(Math.abs(variance(VALUES) - 21.073333333333334) < 1e-12);
  assert.ok(Math.abs(standardDeviation(VALUES) - Math.sqrt(21.073333333333334)) < 1e-12);
});

test('a large level does not swallow a small spread', () => {
  assert.ok(Math.abs(variance([1e9 + 1, 1e9 + 2, 1e9 + 4]) - 7 / 3) < 1e-9);
});

test('NaN is left out and too few values give NaN', () => {
  assert.equal(mean([Number.NaN, 2, 4]), 3);
  assert.equal(variance([Number.NaN, 2, 4]), 2);
  assert.equal(mean([]), Number.NaN);
  assert.equal(variance([5]), Number.NaN);
  assert.equal(variance([5, 5, 5]), 0);
});
