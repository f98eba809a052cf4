import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelNumber } from './kernel-number.ts';

test('numbers of the kernel are read', () => {
  assert.equal(kernelNumber('0', 'here'), 0);
  assert.equal(kernelNumber('18446744073709551615', 'here'), 2 ** 64);
  assert.equal(kernelNumber('0.52', 'here'), 0.52);
});

test('what is no number ≥ 0 is refused with its place, never taken for 0', () => {
  for (const text of [undefined, '', ' ', 'x', '-1', 'Infinity', 'NaN', '1 2']) {
    assert.throws(
      () => kernelNumber(text, '/proc/here'),
      /Cannot parse \/proc\/here: expected a number/,
    );
  }
});
