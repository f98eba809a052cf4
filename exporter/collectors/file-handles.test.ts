import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFileHandles } from './file-handles.ts';

test('the first and the last of the three numbers', () => {
  assert.deepEqual(parseFileHandles('847\t0\t2466177\n'), { allocated: 847, maximum: 2466177 });
  assert.equal(parseFileHandles('1 0 9223372036854775807\n').maximum, 2 ** 63);
});

test('anything else is refused', () => {
  for (const text of ['', '\n', '847', '847 0', 'x 0 5', '847 0 -1']) {
    assert.throws(() => parseFileHandles(text), /Cannot parse \/proc\/sys\/fs\/file-nr/, text);
  }
});
