// The formula on a bare Debian root by the real salt-call, without a master: install, scrape, second run, registration, removal.
import assert from 'node:assert/strict';
import { existsSync, globSync, mkdirSync, writeFileSync } from 'node:fs';
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

/** Salt of PyPI. The bare root's Python runs it, so it has to be of the same release. */
const VENV = join(import.meta.dirname, '..', '..', 'data', 'venv-salt');
const [libraries] = globSync(join(VENV, 'lib/python3.11/site-packages'));
const hasSalt = libraries !== undefined && existsSync(join(VENV, 'bin/salt-call'));
const skip = whyNoBareRoot() || (hasSalt ? false : 'no Salt for Python 3.11 in data/venv-salt');
const options = { skip, timeout: INSTALLATION_TIMEOUT_MS };
let root: BareRoot | undefined;
after(() => root?.close());

interface StateResult {
  readonly result: boolean;
  readonly changes: Record<string, unknown>;
  readonly comment: string;
}

/** @param state a name below deploy/salt, such as `latency_guard.prometheus`. */
function apply(bare: BareRoot, state: string, ...args: readonly string[]): StateResult[] {
  const script = [
    'python3 /mnt/venv/bin/salt-call --local --config-dir=/tmp/salt --out=json --log-level=quiet',
    `state.apply "$@" 2>/tmp/salt.err >/tmp/salt.json || true; cat /tmp/salt.json`,
  ].join(' ');
  const path = `PYTHONPATH=/mnt/venv/lib/python3.11/site-packages`;
  const output = bare.expect(['env', path, 'sh', '-c', script, 'sh', state, ...args]);
  const answer = parse(output, () => bare.read('/tmp/salt.err'));
  return Object.values(answer);
}

function parse(output: string, errors: () => string): Record<string, StateResult> {
  try {
    const { local } = JSON.parse(output) as { local: Record<string, StateResult> | string[] };
    if (!Array.isArray(local)) return local;
    throw new Error(local.join('\n'));
  } catch (error) {
    throw new Error(`salt-call answered ${output}\n${errors()}`, { cause: error });
  }
}

const failures = (states: readonly StateResult[]) =>
  states.filter(({ result }) => !result).map(({ comment }) => comment);
const changes = (states: readonly StateResult[]) =>
  states.filter((state) => Object.keys(state.changes).length > 0).length;

test('install, scrape, nothing to do, register, change, remove', options, async () => {
  const { debian, folder } = builtPackage();
  root = openBareRoot({
    binds: { '/mnt/venv': VENV, '/mnt/salt': import.meta.dirname, '/mnt/packages': folder },
  });
  for (const name of ['venv', 'salt', 'packages']) mkdirSync(join(root.folder, 'mnt', name));
  mkdirSync(join(root.folder, 'etc/prometheus/file_sd'), { recursive: true });
  prepare(root);
  setPillar(root, pillar(basename(debian)));
  const before = root.contents();

  const everything = 'latency_guard,latency_guard.prometheus';
  const first = apply(root, everything);
  assert.deepEqual([failures(first), changes(first)], [[], 4]);
  assert.match(
    root.read('/etc/latency-guard/exporter.yml'),
    /^process:\n {2}tags:\n {4}team: shop$/m,
  );
  const targets = root.read('/etc/prometheus/file_sd/latency-guard.yml');
  assert.match(targets, /^- targets: \["10\.0\.0\.11:10910"\]\n {2}labels: \{"team": "shop"\}$/m);
  assert.match(await assertExporterAnswers(root), /^guard_exporter_tags_info\{team="shop"\} 1$/m);
  const second = apply(root, everything);
  assert.deepEqual([failures(second), changes(second)], [[], 0]);

  setPillar(root, { ...pillar(basename(debian)), exporter: { config: { tag: {} }, flags: [] } });
  assert.match(failures(apply(root, 'latency_guard')).join('\n'), /check_cmd execution failed/);
  assert.match(
    root.read('/etc/latency-guard/exporter.yml'),
    /^process:/m,
    'the working file stays',
  );

  for (const expected of [2, 0]) {
    const removed = apply(root, 'latency_guard.removed,latency_guard.prometheus_removed');
    assert.deepEqual([failures(removed), changes(removed)], [[], expected]);
  }
  assert.deepEqual(difference(before, root.contents()), []);
});

test('remediation empties a cache, and nothing that is none', options, () => {
  const bare = root!;
  bare.expect(['sh', '-c', 'mkdir -p /var/cache/shop/a && echo x >/var/cache/shop/a/b']);
  const inside = join(bare.folder, 'var/cache/shop/a/b');
  const clear = (path: string, ...args: readonly string[]) =>
    apply(bare, 'remediation.clear_cache', `pillar=${JSON.stringify({ path })}`, ...args);
  assert.deepEqual(changes(clear('/var/cache/shop', 'test=true')), 1);
  assert.ok(existsSync(inside), 'a dry run');
  assert.match(failures(clear('/var/cache/../cache/shop')).join('\n'), /Failure/);
  assert.ok(existsSync(inside));
  assert.deepEqual(failures(clear('/var/cache/shop')), []);
  assert.ok(existsSync(join(bare.folder, 'var/cache/shop')) && !existsSync(inside));
});

function prepare(bare: BareRoot): void {
  const folder = join(bare.folder, 'tmp/salt');
  mkdirSync(folder);
  const roots = { file_roots: { base: ['/mnt/salt'] }, pillar_roots: { base: ['/tmp/pillar'] } };
  const minion = { id: 'web1', file_client: 'local', root_dir: '/tmp/salt', ...roots };
  writeFileSync(join(folder, 'minion'), JSON.stringify(minion));
}

function setPillar(bare: BareRoot, value: Readonly<Record<string, unknown>>): void {
  mkdirSync(join(bare.folder, 'tmp/pillar'), { recursive: true });
  const write = (name: string, content: unknown) =>
    writeFileSync(join(bare.folder, 'tmp/pillar', name), JSON.stringify(content));
  write('top.sls', { base: { '*': ['guard'] } });
  write('guard.sls', { latency_guard: value });
}

function pillar(packageName: string): Record<string, unknown> {
  return {
    package: `/mnt/packages/${packageName}`,
    manage_service: false,
    exporter: {
      config: { process: { tags: { team: 'shop' } } },
      flags: ['--web.listen-address=127.0.0.1:0', '--log.level=info'],
    },
    prometheus: { targets: { web1: '10.0.0.11:10910' }, labels: { team: 'shop' } },
  };
}
