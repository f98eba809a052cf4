import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLoad } from './load.ts';

test('the three averages are read', () => {
  assert.deepEqual(parseLoad('0.52 1.58 12.09 3/389 26979\n'), [0.52, 1.58, 12.09]);
});

test('anything else is refused, never 0', () => {
  for (const text of ['', '\n', '0.5', '0.5 1.5 x 1/2 3', '0.5 -1 2 1/2 3']) {
    assert.throws(() => parseLoad(text), /Cannot parse \/proc\/loadavg/, JSON.stringify(text));
  }
});
