// References: scipy 1.17.1 `stats.theilslopes` (slope); intercept: numpy median of y − slope · x.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { theilSen, thinnedIndices } from './theil-sen.ts';

test('slope and intercept equal the reference, outlier or not', () => {
  assert.deepEqual(theilSen([1, 3, 2, 5, 4, 4, 7, 9, 30, 8]), { slope: 1, intercept: 1 });
});

test('a quarter of wild values does not bend an exact line', () => {
  const line = Float64Array.from({ length: 100 }, (_, i) => (i % 4 === 0 ? 1e6 : 2 * i - 5));
  const { slope, intercept } = theilSen(line);
  assert.ok(Math.abs(slope - 2) < 1e-9);
  assert.ok(Math.abs(intercept + 5) < 1e-6);
});

test('gaps keep their place on the time axis', () => {
  const { slope } = theilSen([0, Number.NaN, Number.NaN, 6, 8]);
  assert.equal(slope, 2);
});

test('a long series is thinned evenly, both ends included', () => {
  const indices = thinnedIndices(new Float64Array(20_000), 300);
  assert.equal(indices.length, 300);
  assert.deepEqual([indices[0], indices.at(-1)], [0, 19_999]);
  assert.equal(new Set(indices).size, 300);
  const long = Float64Array.from({ length: 20_000 }, (_, i) => 0.25 * i);
  assert.ok(Math.abs(theilSen(long).slope - 0.25) < 1e-12);
});

test('fewer than two values have no slope', () => {
  for (const values of [[], [1], [Number.NaN, 3, Number.NaN]])
    assert.equal(theilSen(values).slope, Number.NaN);
});
