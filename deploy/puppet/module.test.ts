// The module on a bare Debian root by the real puppet: install, scrape, second run, registration, removal.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import {
  type BareRoot,
  difference,
  INSTALLATION_TIMEOUT_MS,
  openBareRoot,
  whyNoBareRoot,
} from '../package/bare-root.contract.ts';
import { builtPackage } from '../package/built-package.contract.ts';
import { assertExporterAnswers } from '../package/installed-unit.contract.ts';

const [UNCHANGED, CHANGED] = [0, 2];
const skip = whyNoBareRoot();
const options = { skip, timeout: INSTALLATION_TIMEOUT_MS };
let root: BareRoot | undefined;
after(() => root?.close());

/** @param what arguments of `puppet apply`: a file, or `-e` with code. */
function apply(
  bare: BareRoot,
  ...what: readonly string[]
): { status: number | null; output: string } {
  const folders = ['confdir', 'vardir', 'rundir', 'logdir'].map((name) => `--${name}=/tmp/${name}`);
  const data = ['--modulepath=/mnt/puppet', '--hiera_config=/tmp/hiera.yaml'];
  const common = ['--detailed-exitcodes', '--color=false', '--show_diff'];
  return bare.run(['puppet', 'apply', ...folders, ...data, ...common, ...what]);
}

function setHiera(bare: BareRoot, data: Readonly<Record<string, unknown>>): void {
  const hierarchy = [{ name: 'site', path: 'site.yaml' }];
  const defaults = { datadir: '/tmp', data_hash: 'yaml_data' };
  writeFileSync(
    join(bare.folder, 'tmp/hiera.yaml'),
    JSON.stringify({ version: 5, defaults, hierarchy }),
  );
  writeFileSync(join(bare.folder, 'tmp/site.yaml'), JSON.stringify(data));
}

function site(packageName: string): Record<string, unknown> {
  const target = { address: '10.0.0.11:10910', labels: { team: 'shop' } };
  return {
    'latency_guard::package_source': `/mnt/packages/${packageName}`,
    'latency_guard::manage_service': false,
    'latency_guard::register': false,
    'latency_guard::exporter_config': { process: { tags: { team: 'shop' } } },
    'latency_guard::exporter_flags': ['--web.listen-address=127.0.0.1:0', '--log.level=info'],
    'latency_guard::prometheus::puppetdb': false,
    'latency_guard::prometheus::targets': { web1: target },
  };
}

const EVERYTHING = 'include latency_guard, latency_guard::prometheus';

test('install, scrape, nothing to do, register, change, remove', options, async () => {
  const { debian, folder } = builtPackage();
  root = openBareRoot({ binds: { '/mnt/puppet': import.meta.dirname, '/mnt/packages': folder } });
  for (const name of ['puppet', 'packages']) mkdirSync(join(root.folder, 'mnt', name));
  mkdirSync(join(root.folder, 'etc/prometheus/file_sd'), { recursive: true });
  const given = site(basename(debian));
  setHiera(root, given);
  const before = root.contents();

  const first = apply(root, '-e', EVERYTHING);
  assert.equal(first.status, CHANGED, first.output);
  assert.match(
    root.read('/etc/latency-guard/exporter.yml'),
    /^process:\n {2}tags:\n {4}team: shop$/m,
  );
  const target = root.read('/etc/prometheus/file_sd/latency-guard/web1.yml');
  assert.match(target, /^- targets:\n {2}- 10\.0\.0\.11:10910\n {2}labels:\n {4}team: shop$/m);
  assert.match(await assertExporterAnswers(root), /^guard_exporter_tags_info\{team="shop"\} 1$/m);
  const second = apply(root, '-e', EVERYTHING);
  assert.equal(second.status, UNCHANGED, second.output);

  setHiera(root, {
    ...given,
    'latency_guard::exporter_config': { tag: {} },
    'latency_guard::prometheus::targets': {},
  });
  assert.match(apply(root, '-e', EVERYTHING).output, /tag: unknown key/);
  assert.match(
    root.read('/etc/latency-guard/exporter.yml'),
    /^process:/m,
    'the working file stays',
  );
  assert.ok(!existsSync(join(root.folder, 'etc/prometheus/file_sd/latency-guard/web1.yml')));

  const absent = {
    'latency_guard::ensure': 'absent',
    'latency_guard::prometheus::ensure': 'absent',
  };
  setHiera(root, { ...given, ...absent });
  for (const expected of [CHANGED, UNCHANGED]) {
    const { status, output } = apply(root, '-e', EVERYTHING);
    assert.equal(status, expected, output);
  }
  assert.deepEqual(difference(before, root.contents()), []);
});

test('remediation empties a cache, and nothing that is none', options, () => {
  const bare = root!;
  bare.expect(['sh', '-c', 'mkdir -p /var/cache/shop/a && echo x >/var/cache/shop/a/b']);
  const inside = join(bare.folder, 'var/cache/shop/a/b');
  const manifest = '/mnt/puppet/remediation/clear_cache.pp';
  setHiera(bare, { 'latency_guard::remediation::path': '/var/cache/..' });
  assert.match(apply(bare, manifest).output, /expects a match for Pattern/);
  setHiera(bare, { 'latency_guard::remediation::path': '/var/cache/shop' });
  const task = '/mnt/puppet/latency_guard/tasks/clear_cache.sh';
  bare.expect(['env', 'PT_path=/var/cache/shop', 'PT__noop=true', 'sh', task]);
  assert.ok(existsSync(inside), 'a dry run');
  assert.equal(apply(bare, manifest).status, CHANGED);
  assert.ok(existsSync(join(bare.folder, 'var/cache/shop')) && !existsSync(inside));
});

test('puppet understands every manifest', options, () => {
  const folders = ['/mnt/puppet/latency_guard/manifests', '/mnt/puppet/remediation'];
  root!.expect(['puppet', 'parser', 'validate', '/mnt/puppet/site.example.pp', ...folders]);
});
