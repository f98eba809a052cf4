import assert from 'node:assert/strict';
import { test } from 'node:test';
import { strongestLag } from './cross-correlation.ts';

const wave = (length: number, shift: number) =>
  Float64Array.from({ length }, (_, i) => Math.sin((i - shift) ** 2 / 40));

test('a copy that is three steps late is found at lag 3', () => {
  const { correlation, lag } = strongestLag(wave(60, 0), wave(60, 3), 5);
  assert.equal(lag, 3);
  assert.ok(correlation > 0.999);
});

test('the mirror image that leads has a negative lag and correlation', () => {
  const mirrored = wave(60, 0).map((value) => -value);
  const { correlation, lag } = strongestLag(wave(60, 2), mirrored, 5);
  assert.equal(lag, -2);
  assert.ok(correlation < -0.999);
});

test('gaps are left out', () => {
  const holed = wave(60, 0);
  holed[10] = Number.NaN;
  assert.ok(strongestLag(holed, wave(60, 0), 2).correlation > 0.999);
});

test('a constant series, or too few pairs, correlate with nothing', () => {
  assert.deepEqual(strongestLag(new Float64Array(60).fill(3), wave(60, 0), 5), {
    correlation: 0,
    lag: 0,
  });
  assert.deepEqual(strongestLag(wave(5, 0), wave(5, 0), 2), { correlation: 0, lag: 0 });
});
