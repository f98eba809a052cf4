import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createHostFiles } from '../../sources/host-files.ts';
import { createCgroupFiles, parseTable } from './files.ts';

const sysfs = join(import.meta.dirname, '../../fixtures/sys');
const host = createHostFiles({ procfs: '/nowhere', sysfs, rootfs: '/' });
const files = createCgroupFiles(host, 'fs/cgroup');
const SHOP = '/system.slice/shop.service';

test('numbers, limits, words and tables of a cgroup', () => {
  assert.equal(files.number(SHOP, 'memory.current'), 503316480);
  assert.equal(files.limit(SHOP, 'memory.max'), 536870912);
  assert.deepEqual(files.words(SHOP, 'cpu.max'), ['150000', '100000']);
  assert.equal(files.table(SHOP, 'memory.events').get('oom_kill'), 1);
  assert.equal(files.table('/', 'cpu.stat').get('usage_usec'), 916234567);
});

test('a row is found by its whole name, wherever it is', () => {
  assert.equal(files.row(SHOP, 'memory.stat', 'inactive_file'), 67108864);
  assert.equal(files.row(SHOP, 'memory.stat', 'anon'), 402653184);
  assert.equal(files.row(SHOP, 'memory.stat', 'active_file'), 33554432);
  assert.equal(files.row(SHOP, 'memory.stat', 'file_mapped'), undefined);
  assert.equal(files.row('/gone', 'memory.stat', 'anon'), undefined);
  assert.throws(() => files.row(SHOP, 'cpu.pressure', 'some'), /some: expected a number/);
});

test('max is no limit, and what is not there is undefined, never 0', () => {
  assert.equal(files.limit('/user.slice', 'memory.max'), undefined);
  assert.equal(files.limit('/gone', 'memory.max'), undefined);
  assert.equal(files.number('/', 'memory.current'), undefined);
  assert.equal(files.table('/gone', 'cpu.stat').size, 0);
});

test('what is no number is refused with file and cgroup', () => {
  assert.throws(
    () => files.number(SHOP, 'cpu.pressure'),
    /Cannot parse cpu\.pressure of cgroup \/system\.slice\/shop\.service/,
  );
  assert.throws(
    () => parseTable('nr_periods\n', 'cpu.stat of cgroup /a'),
    /cpu\.stat of cgroup \/a: nr_periods/,
  );
  assert.throws(() => parseTable('nr_periods x\n', 'p'), /got "x"/);
});
