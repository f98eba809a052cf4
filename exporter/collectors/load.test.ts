import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLoad } from './load.ts';

test('the three averages and the number of threads are read', () => {
  assert.deepEqual(parseLoad('0.52 1.58 12.09 3/389 26979\n'), {
    averages: [0.52, 1.58, 12.09],
    threads: 389,
  });
});

test('anything else is refused, never 0', () => {
  for (const text of ['', '\n', '0.5', '0.5 1.5 x 1/2 3', '0.5 -1 2 1/2 3', '1 1 1', '1 1 1 3 4']) {
    assert.throws(() => parseLoad(text), /Cannot parse \/proc\/loadavg/, JSON.stringify(text));
  }
});
