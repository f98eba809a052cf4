import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symmetricEigen } from './symmetric-eigen.ts';

const near = (actual: number, want: number) =>
  assert.ok(Math.abs(actual - want) < 1e-9, `${actual} is not ${want}`);

test('the eigenvalues of a known matrix', () => {
  // Tridiagonal (2, −1) of size 3: 2 + √2, 2, 2 − √2.
  const { values } = symmetricEigen(Float64Array.of(2, -1, 0, -1, 2, -1, 0, -1, 2), 3);
  near(values[0]!, 2 + Math.SQRT2);
  near(values[1]!, 2);
  near(values[2]!, 2 - Math.SQRT2);
});

test('matrix times vector is value times vector, and vectors are orthonormal', () => {
  const size = 12;
  const matrix = new Float64Array(size * size);
  for (let i = 0; i < size; i++)
    for (let j = 0; j < size; j++) matrix[i * size + j] = 1 / (i + j + 1) + (i === j ? i : 0);
  const { values, vectors } = symmetricEigen(matrix, size);
  for (let v = 0; v < size; v++) {
    for (let i = 0; i < size; i++) {
      let product = 0;
      for (let j = 0; j < size; j++) product += matrix[i * size + j]! * vectors[v * size + j]!;
      near(product, values[v]! * vectors[v * size + i]!);
    }
    for (let w = 0; w < size; w++) {
      let dot = 0;
      for (let j = 0; j < size; j++) dot += vectors[v * size + j]! * vectors[w * size + j]!;
      near(dot, v === w ? 1 : 0);
    }
  }
});

test('a matrix of zeros has eigenvalues of zero', () => {
  assert.deepEqual(symmetricEigen(new Float64Array(4), 2).values, new Float64Array(2));
});

test('a matrix that is not square is refused', () => {
  assert.throws(() => symmetricEigen(new Float64Array(5), 2), RangeError);
});
