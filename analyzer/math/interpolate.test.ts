// Reference: numpy 2.4.6 `interp(range(8), [1, 3, 6], [2, 6, 0])`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillGaps } from './interpolate.ts';

const NONE = Number.NaN;

function check(input: readonly number[], want: readonly number[]): void {
  assert.deepEqual([...fillGaps(Float64Array.from(input))], want);
}

test('gaps are bridged and the ends are held', () => {
  check([NONE, 2, NONE, 6, NONE, NONE, 0, NONE], [2, 2, 4, 6, 4, 2, 0, 0]);
});

test('nothing to fill, and nothing to fill from', () => {
  check([1, 2, 3], [1, 2, 3]);
  check([], []);
  check([NONE, NONE], [NONE, NONE]);
  check([NONE, 7, NONE], [7, 7, 7]);
});

test('values at the edge of the number range do not overflow', () => {
  check([-1.5e308, NONE, 1.5e308], [-1.5e308, 0, 1.5e308]);
});

test('the input is left as it was', () => {
  const values = Float64Array.of(1, NONE, 3);
  fillGaps(values);
  assert.ok(Number.isNaN(values[1]));
});
