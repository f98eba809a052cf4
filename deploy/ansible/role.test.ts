// The role on a bare Debian root by the real ansible-playbook: install, scrape, second run, registration, removal.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
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

/** Debian's ansible-core and the libraries that it needs. It runs inside, where `local` is the bare root. */
const LIBRARIES = '/usr/lib/python3/dist-packages';
const skip =
  whyNoBareRoot() ||
  (existsSync(join(LIBRARIES, 'ansible')) ? false : 'ansible-core is not installed');
const options = { skip, timeout: INSTALLATION_TIMEOUT_MS };
let root: BareRoot | undefined;
after(() => root?.close());

function playbook(bare: BareRoot, ...args: readonly string[]): string {
  const settings = [
    'PYTHONPATH=/mnt/libraries',
    'ANSIBLE_NOCOLOR=1',
    'ANSIBLE_HOME=/root/.ansible',
  ];
  const config = 'ANSIBLE_CONFIG=/mnt/ansible/ansible.cfg';
  const command = ['python3', '-m', 'ansible', 'playbook', '-i', '/root/.inventory.json'];
  return bare.expect(['env', ...settings, config, ...command, ...args]);
}

const SITE = '/mnt/ansible/site.yml';
const recap = (output: string) => /^web1 .*$/m.exec(output)?.[0] ?? output;

test('install, scrape, nothing to do, register, change, remove', options, async () => {
  const { debian, folder } = builtPackage();
  root = openBareRoot({
    binds: {
      '/mnt/libraries': LIBRARIES,
      '/mnt/ansible': import.meta.dirname,
      '/mnt/packages': folder,
    },
  });
  mkdirSync(join(root.folder, 'etc/prometheus'), { recursive: true });
  mkdirSync(join(root.folder, 'etc/prometheus/file_sd'));
  for (const name of ['libraries', 'ansible', 'packages'])
    mkdirSync(join(root.folder, 'mnt', name));
  const before = root.contents();
  writeFileSync(join(root.folder, 'root/.inventory.json'), inventory(basename(debian)));

  assert.match(recap(playbook(root, SITE)), /changed=[1-9].*failed=0/);
  assert.match(
    root.read('/etc/latency-guard/exporter.yml'),
    /^process:\n {2}tags:\n {4}team: shop$/m,
  );
  assert.match(await assertExporterAnswers(root), /^guard_exporter_tags_info\{team="shop"\} 1$/m);
  const target = '/etc/prometheus/file_sd/latency-guard-web1.yml';
  assert.match(
    root.read(target),
    /- labels:\n\s+team: shop\n\s+targets:\n\s+- 10\.0\.0\.11:10910$/m,
  );
  assert.match(recap(playbook(root, SITE)), /changed=0 .*failed=0/);

  const broken = () =>
    playbook(root!, SITE, '-e', '{"latency_guard_exporter_config": {"tag": {}}}');
  assert.throws(broken, /failed to validate/);
  assert.match(
    root.read('/etc/latency-guard/exporter.yml'),
    /^process:/m,
    'the working file stays',
  );

  const absent = ['-e', 'latency_guard_state=absent'];
  assert.match(recap(playbook(root, SITE, ...absent)), /changed=2 .*failed=0/);
  assert.match(recap(playbook(root, SITE, ...absent)), /changed=0 .*failed=0/);
  assert.deepEqual(difference(before, root.contents()), []);
});

test('remediation empties a cache, and nothing that is none', options, () => {
  const bare = root!;
  const files = readdirSync(join(import.meta.dirname, 'remediation')).sort();
  const playbooks = files.map((name) => `/mnt/ansible/remediation/${name}`);
  playbook(bare, '--syntax-check', ...playbooks);
  bare.expect(['sh', '-c', 'mkdir -p /var/cache/shop/a && echo x >/var/cache/shop/a/b']);
  const inside = join(bare.folder, 'var/cache/shop/a/b');
  const clear = (path: string, ...args: readonly string[]) =>
    playbook(bare, playbooks[0]!, '--limit', 'web1', '-e', `path=${path}`, ...args);
  assert.throws(() => clear('/var/cache/../cache/shop'), /path has to be a folder below/);
  assert.match(recap(clear('/var/cache/shop', '--check')), /changed=1 /);
  assert.ok(existsSync(inside), 'a dry run');
  clear('/var/cache/shop');
  assert.ok(existsSync(join(bare.folder, 'var/cache/shop')) && !existsSync(inside));
});

function inventory(packageName: string): string {
  const local = { ansible_connection: 'local', ansible_python_interpreter: '/usr/bin/python3' };
  const vars = {
    ...local,
    ansible_become: false,
    latency_guard_package: `/mnt/packages/${packageName}`,
    latency_guard_version: packageName.split('_')[1],
    latency_guard_manage_service: false,
    latency_guard_prometheus_host: 'prometheus1',
    latency_guard_exporter_config: { process: { tags: { team: 'shop' } } },
    latency_guard_exporter_flags: ['--web.listen-address=127.0.0.1:0', '--log.level=info'],
    latency_guard_target_labels: { team: 'shop' },
  };
  const hosts = { web1: { ansible_host: '10.0.0.11' } };
  const children = { prometheus: { hosts: { prometheus1: {} } } };
  return JSON.stringify({ all: { vars, hosts, children } });
}
