// References: numpy 2.4.6, sum of lagged products of the centred series over its sum of squares.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autocorrelation, autocorrelations } from './autocorrelation.ts';

const VALUES = [1, 3, 2, 5, 4, 4, 7, 9, 30, 8];

test('autocorrelations equal the reference', () => {
  const want = [1, 0.21438063597532042, 0.09194747666508465, -0.05358329378262933];
  const actual = autocorrelations(VALUES, 3);
  for (const [lag, value] of want.entries()) assert.ok(Math.abs(actual[lag]! - value) < 1e-14);
});

test('a period shows at its own lag', () => {
  const wave = Array.from({ length: 240 }, (_, i) => Math.sin((2 * Math.PI * i) / 24));
  assert.ok(autocorrelation(wave, 24) > 0.85);
  assert.ok(autocorrelation(wave, 12) < -0.85);
});

test('a constant, a short series and gaps give numbers', () => {
  assert.deepEqual([...autocorrelations([5, 5, 5, 5], 2)], [1, 0, 0]);
  assert.deepEqual([...autocorrelations([], 2)], [1, 0, 0]);
  assert.deepEqual([...autocorrelations([1, 2], 4)], [1, -0.5, 0, 0, 0]);
  const gaps = autocorrelations([1, Number.NaN, 3, 2, Number.NaN, 5], 3);
  assert.ok(gaps.every(Number.isFinite));
});
