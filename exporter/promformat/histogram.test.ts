import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHistogram } from './histogram.ts';

test('buckets are cumulative, the upper bound is inclusive, +Inf equals the count', () => {
  const histogram = createHistogram([0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 7]) histogram.observe(value);
  assert.deepEqual(histogram.samples({ target: 'a' }), [
    { suffix: '_bucket', labels: { target: 'a', le: '0.1' }, value: 2 },
    { suffix: '_bucket', labels: { target: 'a', le: '1' }, value: 3 },
    { suffix: '_bucket', labels: { target: 'a', le: '+Inf' }, value: 4 },
    { suffix: '_sum', labels: { target: 'a' }, value: 7.65 },
    { suffix: '_count', labels: { target: 'a' }, value: 4 },
  ]);
});

test('an empty histogram counts nothing in every bucket', () => {
  assert.deepEqual(
    createHistogram([1])
      .samples({})
      .map((sample) => sample.value),
    [0, 0, 0, 0],
  );
});

test('bounds that are not finite and ascending are refused', () => {
  for (const bounds of [[2, 1], [1, 1], [Number.NaN], [1, Number.POSITIVE_INFINITY]]) {
    assert.throws(() => createHistogram(bounds), /must be finite and ascending/);
  }
});
