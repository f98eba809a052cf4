import assert from 'node:assert/strict';
import { test } from 'node:test';
import { solvePositiveDefinite } from './cholesky.ts';

test('a small system has its known solution', () => {
  // A = [[4,2,1],[2,5,3],[1,3,6]], x = [1,-2,3] → A·x = [3,1,13], by hand.
  const matrix = Float64Array.of(4, 2, 1, 2, 5, 3, 1, 3, 6);
  const x = solvePositiveDefinite(matrix, Float64Array.of(3, 1, 13), 3);
  for (const [index, want] of [1, -2, 3].entries()) assert.ok(Math.abs(x![index]! - want) < 1e-12);
});

test('a Hilbert matrix, badly conditioned, is solved to the accuracy that its condition allows', () => {
  const size = 5;
  const matrix = Float64Array.from(
    { length: 25 },
    (_, i) => 1 / (Math.floor(i / size) + (i % size) + 1),
  );
  const rhs = Float64Array.from({ length: size }, (_, row) =>
    Array.from({ length: size }, (_, column) => matrix[row * size + column]!).reduce(
      (a, b) => a + b,
      0,
    ),
  );
  const x = solvePositiveDefinite(matrix, rhs, size)!;
  for (const value of x) assert.ok(Math.abs(value - 1) < 1e-9, String(value));
});

test('what is singular, indefinite or not a number has no solution', () => {
  const solve = (...values: number[]) =>
    solvePositiveDefinite(Float64Array.from(values), Float64Array.of(1, 1), 2);
  assert.equal(solve(1, 1, 1, 1), undefined);
  assert.equal(solve(1, 2, 2, 1), undefined);
  assert.equal(solve(0, 0, 0, 0), undefined);
  assert.equal(solve(Number.NaN, 0, 0, 1), undefined);
});
