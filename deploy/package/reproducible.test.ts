// Building again gives the same bytes: other times, another umask, another folder, another order of creation.
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { runCommand } from './command.ts';
import { buildDebianPackage } from './debian.ts';
import { makeSame } from './same-tree.ts';
import { sourceDate } from './source-date.ts';
import { buildTarball } from './tarball.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-same-'));
after(() => rmSync(folder, { recursive: true }));

/** A small tree like ours. */
function tree(name: string, names: readonly string[], mode: number): string {
  const root = join(folder, name, 'latency-guard-1-linux');
  mkdirSync(join(root, 'etc'), { recursive: true });
  for (const file of names) {
    writeFileSync(join(root, 'etc', file), `${file}\n`, { mode });
    utimesSync(join(root, 'etc', file), mode, mode * 1000);
  }
  writeFileSync(join(root, 'run'), '#!/bin/sh\n', { mode: mode | 0o100 });
  symlinkSync('run', join(root, 'link'));
  makeSame(root, 1_000_000);
  return root;
}

test('tarball and Debian package are the same to the byte', (t) => {
  const trees = [tree('one', ['a', 'b'], 0o600), tree('two', ['b', 'a'], 0o664)];
  const common = { sourceDate: 1_000_000, version: '1.0', system: '', level: 9 };
  const tarballs = trees.map((application) => {
    const file = `${application}.tar.gz`;
    buildTarball({ ...common, application, file });
    return readFileSync(file);
  });
  assert.ok(tarballs[0]!.equals(tarballs[1]!));
  const umasks = [0o022, 0o077];
  const before = process.umask();
  t.after(() => process.umask(before));
  const packages = trees.map((root) => {
    const file = `${root}.deb`;
    process.umask(umasks.shift() ?? 0o022);
    buildDebianPackage({ ...common, folder: root, file, compression: 'xz' });
    return readFileSync(file);
  });
  assert.ok(packages[0]!.equals(packages[1]!));
  const listing = runCommand('dpkg-deb', ['--contents', `${trees[0]}.deb`]);
  assert.match(listing, /^-rwxr-xr-x root\/root .* 1970-01-12 13:46 \.\/run$/m);
  assert.match(listing, /^-rw-r--r-- root\/root .* \.\/etc\/a$/m);
});

test('the time is the one given, the last commit, or a fixed day', () => {
  assert.equal(sourceDate(folder, { SOURCE_DATE_EPOCH: '12' }), 12);
  assert.equal(sourceDate(folder, {}), 1_767_225_600);
  for (const wrong of ['', 'now', '-1', '1.5']) {
    assert.throws(() => sourceDate(folder, { SOURCE_DATE_EPOCH: wrong }), /SOURCE_DATE_EPOCH is/);
  }
});

test('a program that fails is named with its last words', () => {
  assert.throws(
    () => runCommand('sh', ['-c', 'echo why >&2; exit 3']),
    /sh -c .* failed \(exit code 3\):\nwhy/,
  );
  assert.throws(
    () => runCommand('no-such-program', []),
    /no-such-program {2}failed \(spawnSync no-such-program ENOENT\)/,
  );
});
