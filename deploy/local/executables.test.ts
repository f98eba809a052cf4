import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findProgram, findTool, TOOLS } from './executables.ts';
import { aptPackages, howToInstall } from './servers.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-executables-'));
after(() => rmSync(folder, { recursive: true }));
for (const name of ['guard-one', 'guard-two']) {
  writeFileSync(join(folder, name), '');
  chmodSync(join(folder, name), 0o755);
}
writeFileSync(join(folder, 'guard-text'), '');
mkdirSync(join(folder, 'guard-folder'));
const env = { PATH: `/nonexistent:${folder}` };

test('programs are found on PATH, by the first name that is there', () => {
  assert.equal(
    findProgram(['guard-none', 'guard-two', 'guard-one'], env),
    join(folder, 'guard-two'),
  );
  assert.equal(findProgram(['guard-none'], env), undefined);
  assert.equal(findProgram(['guard-one'], {}), undefined);
});

test('a file that cannot be run and a folder are no programs', () => {
  assert.equal(findProgram(['guard-text', 'guard-folder'], env), undefined);
});

test('the environment names a file, and one that cannot be run is an error', () => {
  const named = { PROMETHEUS_BIN: join(folder, 'guard-one') };
  assert.equal(findTool(TOOLS.prometheus, named), named.PROMETHEUS_BIN);
  assert.throws(
    () => findTool(TOOLS.prometheus, { PROMETHEUS_BIN: '/nonexistent/prometheus' }),
    /PROMETHEUS_BIN=\/nonexistent\/prometheus is not a program that can be run/,
  );
});

test('each Debian package is asked for once', () => {
  assert.deepEqual(aptPackages(Object.values(TOOLS)), [
    'iputils-ping',
    'prometheus',
    'prometheus-alertmanager',
  ]);
});

test('what to install is said for several systems, with the way around it', () => {
  const text = howToInstall([TOOLS.prometheus, TOOLS.alertmanager]);
  assert.match(text, /^prometheus, alertmanager were not found/);
  for (const want of [
    /apt-get install/,
    /dnf install/,
    /brew install/,
    /prometheus\.io\/download/,
  ]) {
    assert.match(text, want);
  }
  assert.match(text, /PROMETHEUS_BIN, ALERTMANAGER_BIN/);
  assert.match(text, /--prometheus\.url=/);
  assert.match(howToInstall([TOOLS.ping]), /^ping was not found/);
});
