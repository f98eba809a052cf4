// References: numpy 2.4.6 `quantile`, scipy 1.17.1 `stats.median_abs_deviation`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { median, medianAbsoluteDeviation, quantile, quantileOfSorted } from './quantile.ts';

const VALUES = [3.1, -2, 7.7, 0.5, 12, 4.4, 4.4];

function close(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);
}

test('the quantile is the one of numpy', () => {
  const cases = [
    [0, -2],
    [0.1, -0.5],
    [0.25, 1.8],
    [0.5, 4.4],
    [0.9, 9.42],
    [1, 12],
  ] as const;
  for (const [probability, want] of cases) close(quantile(VALUES, probability), want);
});

test('the order of the input does not matter, and the input is left as it was', () => {
  const values = Float64Array.of(3, 1, 2);
  assert.equal(median(values), 2);
  assert.deepEqual([...values], [3, 1, 2]);
});

test('NaN is left out and nothing gives NaN', () => {
  assert.equal(quantile([Number.NaN, 1, 3, Number.NaN], 0.5), 2);
  assert.equal(quantile([], 0.5), Number.NaN);
  assert.equal(quantile([Number.NaN], 0.5), Number.NaN);
});

test('an infinite neighbour with no weight does not spoil the answer', () => {
  assert.equal(quantileOfSorted([1, 2, Infinity], 0.5), 2);
  assert.equal(quantile([-Infinity, 0, Infinity], 1), Infinity);
});

test('a probability outside [0, 1] is a mistake of the caller', () => {
  for (const probability of [-0.01, 1.01, Number.NaN])
    assert.throws(() => quantile(VALUES, probability), /expected a number in \[0, 1\]/);
});

test('the median absolute deviation is the one of scipy and ignores an outlier', () => {
  close(medianAbsoluteDeviation(VALUES), 3.3);
  assert.equal(medianAbsoluteDeviation([1, 2, 3, 4, 1e9]), 1);
  assert.equal(medianAbsoluteDeviation([]), Number.NaN);
});
