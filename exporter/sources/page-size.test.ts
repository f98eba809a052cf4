import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { readPageSize } from './page-size.ts';

test('the page size is the one that getconf says', () => {
  const want = Number(spawnSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }).stdout);
  assert.equal(readPageSize('/proc'), want);
});

test('no auxiliary vector is no data', () => {
  assert.throws(() => readPageSize('/nonexistent'), {
    name: 'NoDataError',
    reason: 'not_supported',
  });
});
