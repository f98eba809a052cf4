import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, parseDuration } from './duration.ts';

test('a Prometheus duration becomes seconds', () => {
  const check = (text: string, want: number | undefined) =>
    assert.equal(parseDuration(text), want, text);
  check('5s', 5);
  check('1h30m', 5400);
  check('250ms', 0.25);
  check('2w', 1_209_600);
  check('0', 0);
  check('', undefined);
  check('5', undefined);
  check('m', undefined);
  check('1m1h', undefined);
  check('-5s', undefined);
  check('1.5h', undefined);
});

test('seconds become the shortest duration and back', () => {
  for (const [seconds, text] of [
    [5400, '1h30m'],
    [0, '0s'],
    [86_400, '1d'],
    [0.25, '250ms'],
    [600, '10m'],
  ] as const) {
    assert.equal(formatDuration(seconds), text);
    assert.equal(parseDuration(text), seconds);
  }
});
