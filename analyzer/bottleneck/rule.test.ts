import assert from 'node:assert/strict';
import { test } from 'node:test';
import { degree } from './rule.ts';

test('a degree is 0 at 0, a half at the threshold, 1 from full on', () => {
  const check = (value: number, want: number) => assert.equal(degree(value, 0.4, 0.8), want);
  check(-1, 0);
  check(0, 0);
  check(0.2, 0.25);
  check(0.4, 0.5);
  check(0.6000000000000001, 0.75);
  check(0.8, 1);
  check(5, 1);
});
