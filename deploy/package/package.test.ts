// The artifacts of this checkout on a bare Debian: installed, started, scraped, upgraded, removed without a trace.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import {
  type BareRoot,
  difference,
  INSTALLATION_TIMEOUT_MS,
  openBareRoot,
  whyNoBareRoot,
} from './bare-root.contract.ts';
import { builtPackage } from './built-package.contract.ts';
import { assertExporterAnswers, scrape, startInstalledUnit } from './installed-unit.contract.ts';

const skip = whyNoBareRoot();
const options = { skip, timeout: INSTALLATION_TIMEOUT_MS };
const roots: BareRoot[] = [];
after(() => {
  for (const root of roots) root.close();
});

function newRoot(): BareRoot {
  const root = openBareRoot();
  roots.push(root);
  return root;
}

const LOOPBACK = 'GUARD_FLAGS=--web.listen-address=127.0.0.1:0\n';

async function exporterAnswers(root: BareRoot): Promise<void> {
  writeFileSync(join(root.folder, 'etc/default/latency-guard-exporter'), LOOPBACK);
  await assertExporterAnswers(root);
}

async function analyzerAnswers(root: BareRoot): Promise<void> {
  writeFileSync(join(root.folder, 'etc/default/latency-guard-analyzer'), LOOPBACK);
  root.expect(['install', '-d', '-o', 'latency-guard', '/var/lib/latency-guard']);
  const analyzer = await startInstalledUnit(root, 'latency-guard-analyzer.service');
  try {
    assert.match(await scrape(analyzer), /^guard_analyzer_build_info\{/m);
  } finally {
    await analyzer.stop();
  }
}

test('the Debian package: install, scrape, upgrade, remove, purge', options, async () => {
  const { debian } = builtPackage();
  const root = newRoot();
  const before = root.contents();
  copyFileSync(debian, join(root.folder, 'tmp/guard.deb'));
  root.expect(['dpkg', '-i', '/tmp/guard.deb']);
  assert.match(root.expect(['dpkg', '--verify', 'latency-guard']), /^$/);
  assert.match(root.expect(['guard', '--version']), /^\d+\.\d+\.\d+\n$/);
  assert.match(
    root.expect([
      'bash',
      '-c',
      '. /usr/share/bash-completion/completions/guard; complete -p guard',
    ]),
    /_guard/,
  );
  await exporterAnswers(root);
  await analyzerAnswers(root);
  root.expect(['sh', '-c', 'echo "budget: {}" >/etc/latency-guard/exporter.yml']);
  root.expect(['dpkg', '-i', '--force-confold', '/tmp/guard.deb']);
  assert.equal(root.read('/etc/latency-guard/exporter.yml'), 'budget: {}\n', 'the operator wins');
  root.expect(['dpkg', '--remove', 'latency-guard']);
  assert.equal(root.read('/etc/latency-guard/exporter.yml'), 'budget: {}\n', 'until a purge');
  root.expect(['dpkg', '--purge', 'latency-guard']);
  assert.deepEqual(difference(before, root.contents()), []);
});

test('the tarball: install, scrape, upgrade, uninstall', options, async () => {
  const { tarball } = builtPackage();
  const root = newRoot();
  const before = root.contents();
  root.expect(['mkdir', '/tmp/new']);
  assert.equal(spawnSync('tar', ['-xzf', tarball, '-C', join(root.folder, 'tmp/new')]).status, 0);
  const unpacked = `/tmp/new/${basename(tarball, '.tar.gz')}`;
  assert.match(
    root.expect([`${unpacked}/bin/guard`, '--version']),
    /^\d+\.\d+\.\d+\n$/,
    'as it is',
  );
  root.expect([`${unpacked}/install.sh`]);
  await exporterAnswers(root);
  root.expect([`${unpacked}/install.sh`]);
  assert.equal(root.read('/etc/default/latency-guard-exporter'), LOOPBACK, 'the operator wins');
  root.expect(['/opt/latency-guard/uninstall.sh', '--purge']);
  assert.deepEqual(difference(before, root.contents()), []);
});

test(
  'what is published is named by its checksum, and everything in it by the bill of materials',
  options,
  () => {
    const { folder } = builtPackage();
    const checked = spawnSync('sha256sum', ['--check', '--strict', 'SHA256SUMS'], { cwd: folder });
    assert.equal(checked.status, 0, String(checked.stdout));
    const name =
      readFileSync(join(folder, 'SHA256SUMS'), 'utf8').match(/\S+\.cdx\.json/)?.[0] ?? '';
    const { components, metadata } = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const names = components.map((one: { name: string }) => one.name);
    for (const known of ['node', 'express', 'zod', 'prom-client'])
      assert.ok(names.includes(known), known);
    assert.ok(!names.includes('typescript'), 'nothing of the development');
    assert.equal(metadata.component.name, 'latency-guard');
  },
);
