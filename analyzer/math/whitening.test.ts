import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnMeans, covariance, unwhiten, whiten, whitening } from './whitening.ts';

const rows = { columns: 2, count: 4, values: Float64Array.of(1, 2, 3, 6, 5, 8, 7, 16) };

test('means and covariance as numpy 1.24 `cov(rowvar=False, bias=True)` gives them', () => {
  const centre = columnMeans(rows);
  assert.deepEqual([...centre], [4, 8]);
  assert.deepEqual([...covariance(rows, centre)], [5, 11, 11, 26]);
});

test('a stride below the width gives overlapping windows', () => {
  const windows = { columns: 2, count: 3, values: Float64Array.of(1, 2, 3, 4) };
  const result = covariance(windows, Float64Array.of(2, 3), 1);
  for (const value of result) assert.ok(Math.abs(value - 2 / 3) < 1e-12);
});

test('the squared length of a whitened row is its Mahalanobis distance', () => {
  const centre = Float64Array.of(0, 0);
  const map = whitening(Float64Array.of(3, 1, 1, 2), centre, 1e-12);
  const row = Float64Array.of(2, -1);
  const white = whiten(map, row);
  // Inverse of [[3, 1], [1, 2]] is [[2, −1], [−1, 3]] / 5: (2·4 + 2·2 + 3·1) / 5 = 3.
  assert.ok(Math.abs(white[0]! ** 2 + white[1]! ** 2 - 3) < 1e-9);
  const back = unwhiten(map, white);
  assert.ok(Math.abs(row[0]! * back[0]! + row[1]! * back[1]! - 3) < 1e-9);
});

test('constant columns are held by the ridge', () => {
  const white = whiten(
    whitening(new Float64Array(4), new Float64Array(2), 0.25),
    Float64Array.of(1, 0),
  );
  assert.deepEqual([...white], [2, 0]);
});

test('no ridge, or something that is no covariance, is refused', () => {
  assert.throws(() => whitening(new Float64Array(4), new Float64Array(2), 0), /ridge of 0/);
  assert.throws(() => whitening(Float64Array.of(-1, 0, 0, -1), new Float64Array(2), 0.1), /pivot/);
});
