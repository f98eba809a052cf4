import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stretchWindows } from './stretch-windows.ts';

test('windows that are long enough stay as they are', () => {
  const text = 'rate(a[15s]) or rate(b[1m]) / c[2h]';
  assert.equal(stretchWindows(text, 5), text);
});

test('windows too short for two samples become just long enough', () => {
  const check = (text: string, want: string) => assert.equal(stretchWindows(text, 30), want);
  check('rate(a[15s]) or rate(a[30s])', 'rate(a[66s]) or rate(a[66s])');
  check('rate(a[1m]) + rate(a[2m])', 'rate(a[66s]) + rate(a[2m])');
  check('rate(a{x="1",$selector}[1m] offset 1h)', 'rate(a{x="1",$selector}[66s] offset 1h)');
});

test('what only looks like a window is left alone', () => {
  for (const text of [
    'max_over_time(rate(a[2m])[30s:5s])',
    'a{re=~"[0-9]"}',
    'a{x="[abc]"}',
    'last_over_time((a)[15s:15s] @ 105)',
  ])
    assert.equal(stretchWindows(text, 30), text);
});
