import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digits, formatBytes, formatCount, formatPercent, formatSpan } from './format.ts';

test('numbers read as an operator would write them', () => {
  for (const [got, want] of [
    [formatBytes(0), '0 B'],
    [formatBytes(1536), '1.5 KiB'],
    [formatBytes(25_769_803_776), '24 GiB'],
    [formatBytes(-3_145_728), '-3 MiB'],
    [formatPercent(0.873), '87 %'],
    [formatSpan(0.0004), '0.4 ms'],
    [formatSpan(42), '42 s'],
    [formatSpan(5400), '1.5 h'],
    [formatSpan(200), '3.33 min'],
    [formatSpan(259_200), '3 d'],
    [digits(1.934), '1.93'],
    [digits(1234.5), '1235'],
    [digits(2), '2'],
    [formatCount(1, 'thread'), '1 thread'],
    [formatCount(0.999, 'thread'), '0.999 threads'],
    [formatCount(1.0004, 'thread'), '1 thread'],
    [formatCount(0, 'thread'), '0 threads'],
  ]) {
    assert.equal(got, want);
  }
});
