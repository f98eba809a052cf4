import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createHostFiles, optional } from './host-files.ts';
import { NoDataError } from './no-data.ts';

const root = mkdtempSync(join(tmpdir(), 'guard-host-files-'));
after(() => rmSync(root, { recursive: true }));
const paths = { procfs: root, sysfs: root, rootfs: '/' };
const files = createHostFiles(paths);

test('a file is read whole, also when it is larger than the first buffer', () => {
  const text = 'ü'.repeat(100_000);
  writeFileSync(join(root, 'large'), text);
  writeFileSync(join(root, 'small'), 'a\n');
  assert.equal(files.proc('large'), text);
  assert.equal(files.sys('small'), 'a\n');
});

test('the size bound holds to the byte', () => {
  const bounded = createHostFiles(paths, 10);
  writeFileSync(join(root, 'ten'), '0123456789');
  writeFileSync(join(root, 'eleven'), '0123456789a');
  assert.equal(bounded.proc('ten'), '0123456789');
  assert.throws(() => bounded.proc('eleven'), /eleven is larger than 10 bytes/);
});

test('what is not there is no data, what is broken is an error', () => {
  const reasonOf = (file: string) => {
    try {
      files.proc(file);
    } catch (error) {
      return error instanceof NoDataError ? error.reason : (error as Error).message;
    }
    return 'read';
  };
  assert.equal(reasonOf('absent'), 'not_supported');
  assert.equal(reasonOf('small/below-a-file'), 'not_supported');
  assert.match(reasonOf('.'), /Cannot read .*: EISDIR/);
});

test('the kernel says EINVAL where a device has no speed', () => {
  const host = createHostFiles({ procfs: '/proc', sysfs: '/sys', rootfs: '/' });
  assert.equal(
    optional(() => host.sys('class/net/lo/speed')),
    undefined,
  );
});

test('links are read, optional turns absence alone into undefined', () => {
  symlinkSync('../devices/virtual/net/lo', join(root, 'link'));
  assert.equal(files.sysLink('link'), '../devices/virtual/net/lo');
  assert.equal(
    optional(() => files.sysLink('no-link')),
    undefined,
  );
  assert.throws(() =>
    optional(() => {
      throw new Error('broken');
    }),
  );
});

test('with a root elsewhere the mounts and network of pid 1 count', () => {
  assert.equal(files.hostProcess, 'self');
  assert.equal(createHostFiles({ ...paths, rootfs: '/host' }).hostProcess, '1');
});
