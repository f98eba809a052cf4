import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf, fit, formatSpan, formatValue, printable } from './text.ts';

test('spans have at most two units', () => {
  const cases: [number, string][] = [
    [0, '0s'],
    [0.4, '0s'],
    [-5, '0s'],
    [59.6, '1m'],
    [90, '1m30s'],
    [3605, '1h'],
    [7260, '2h1m'],
    [200_000, '2d7h'],
    [Number.POSITIVE_INFINITY, 'never'],
    [Number.NaN, 'never'],
  ];
  for (const [seconds, want] of cases) assert.equal(formatSpan(seconds), want, String(seconds));
});

test('values are written in their unit', () => {
  const check = (value: number, unit: string | undefined, want: string) =>
    assert.equal(formatValue(value, unit), want);
  check(0.7249, 'ratio', '72 %');
  check(0, 'bytes', '0 B');
  check(1536, 'bytes', '1.5 KiB');
  check(8 * 1024 ** 3, 'bytes', '8 GiB');
  check(1.234567, 'cores', '1.23 cores');
  check(7, undefined, '7');
});

test('text is cut and filled by columns, not by characters', () => {
  assert.equal(fit('abcdef', 6), 'abcdef');
  assert.equal(fit('abcdef', 5), 'abcd…');
  assert.equal(fit('ab', 4, { fill: true }), 'ab  ');
  assert.equal(fit('漢字漢字', 5), '漢字…');
  assert.equal(fit('漢字漢字', 4, { fill: true }), '漢… ');
  assert.equal(columnsOf('e\u0301'), 1);
  assert.equal(columnsOf('🔥'), 2);
});

test('what a terminal would obey becomes a dot', () => {
  assert.equal(printable('a\tb\u001bc\u009bd\u2066e'), 'a·b·c·d·e');
  assert.equal(printable('größe 漢字'), 'größe 漢字');
});
