// The real command as a process of its own, and promtool's word on what it writes.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { shellCommand } from './terminal.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const folder = mkdtempSync(join(tmpdir(), 'guard-cli-'));
const output = join(folder, 'agent.yml');
after(() => rmSync(folder, { recursive: true }));

function run(command: string, args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', cwd: folder });
  return { status, stdout, stderr };
}
const guard = (...args: readonly string[]) =>
  run(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args]);
const URL_FLAG = '--remote-write-url=https://prometheus.example/api/v1/write';

test('promtool accepts the smallest and the largest configuration', () => {
  const secrets = ['password', 'ca.pem', 'cert.pem', 'key.pem', 'local', 'local.pem'];
  for (const name of secrets) writeFileSync(join(folder, name), '');
  const large = [
    '--username=host1',
    '--password-file=password',
    '--ca-file=ca.pem',
    '--cert-file=cert.pem',
    '--key-file=key.pem',
    '--exporter=[::1]:10910',
    '--exporter-https',
    '--exporter-username=prom',
    '--exporter-password-file=local',
    '--exporter-ca-file=local.pem',
    '--instance=shop-1',
    '--external-label=region=eu',
    '--external-label=rack=7',
    '--scrape-interval=15s',
    '--buffer=3d',
  ];
  for (const flags of [[], large]) {
    const { status, stdout, stderr } = guard(
      'agent-config',
      URL_FLAG,
      `--output=${output}`,
      ...flags,
    );
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^prometheus --enable-feature=agent --config\.file=/);
    const checked = run('promtool', ['check', 'config', '--agent', output]);
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  }
  const config = parse(readFileSync(output, 'utf8'));
  assert.deepEqual(config.global.external_labels, { region: 'eu', rack: '7' });
  assert.equal(config.scrape_configs[0].static_configs[0].labels.instance, 'shop-1');
  assert.equal(config.remote_write[0].basic_auth.password_file, join(folder, 'password'));
  assert.match(readFileSync(output, 'utf8'), /retention\.max-time=3d/);
});

test('without --output the configuration is on standard output, Prometheus 3 has its own flag', () => {
  const { status, stdout } = guard('agent-config', URL_FLAG, '--prometheus-version=3');
  assert.equal(status, 0);
  assert.match(stdout, /^# prometheus --agent --config\.file=agent\.yml/m);
  assert.equal(parse(stdout).remote_write[0].url, 'https://prometheus.example/api/v1/write');
});

const REFUSED: readonly (readonly [flags: readonly string[], problem: RegExp])[] = [
  [['agent-config'], /required option '--remote-write-url/],
  [['agent-config', '--remote-write-url=prometheus:9090'], /expected a URL such as/],
  [['agent-config', '--remote-write-url=https://u:p@h/api/v1/write'], /use --username/],
  [['agent-config', URL_FLAG, '--username=a'], /--username and --password-file belong together/],
  [['agent-config', URL_FLAG, '--cert-file=a'], /--cert-file and --key-file belong together/],
  [['agent-config', URL_FLAG, '--external-label=__name__=x'], /expected name=value/],
  [['agent-config', URL_FLAG, '--external-label=1a=x'], /expected name=value/],
  [['agent-config', URL_FLAG, '--scrape-interval=15'], /at least 1s/],
  [['agent-config', URL_FLAG, '--buffer=1m'], /at least 10m/],
  [['agent-config', URL_FLAG, '--exporter=localhost'], /expected host:port/],
  [['agent-config', URL_FLAG, '--output=/nowhere/agent.yml'], /Cannot write .*ENOENT/],
  [['config', 'check', 'x.yml'], /either --exporter or --analyzer/],
  [['config', 'check', 'x.yml', '--exporter', '--analyzer'], /either --exporter or --analyzer/],
  [['config', 'check', '--exporter'], /missing required argument 'file'/],
  [['config', 'check', 'none.yml', '--analyzer'], /none\.yml: cannot be read: ENOENT/],
  [['frobnicate'], /unknown command 'frobnicate'/],
];

for (const [flags, problem] of REFUSED) {
  test(`refused: guard ${flags.join(' ')}`, () => {
    const { status, stderr } = guard(...flags);
    assert.equal(status, 1);
    assert.match(stderr, problem);
    assert.doesNotMatch(stderr, /^\s+at /m);
  });
}

test('check says 2, and not that something is exceeded, when it cannot read its own URL', () => {
  for (const flag of ['--exporter.url', '--analyzer.url']) {
    const { status, stderr } = guard('check', `${flag}=http://u:se%zzcret@127.0.0.1:1`);
    assert.equal(status, 2);
    assert.match(stderr, /percent sign in user or password is written %25/);
    assert.doesNotMatch(stderr, /^\s+at /m);
  }
});

test('config check asks the half that the file is for', () => {
  const exporterYml = join(ROOT, 'exporter', 'exporter.yml');
  const analyzerYml = join(ROOT, 'analyzer', 'analyzer.yml');
  assert.equal(guard('config', 'check', '--exporter', exporterYml).status, 0);
  assert.equal(guard('config', 'check', '--analyzer', analyzerYml).status, 0);
  const wrong = guard('config', 'check', '--exporter', analyzerYml);
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /analyzer\.yml:\d+: \w+: unknown key/);
});

test('a shell takes a quoted command line apart as it was', () => {
  const words = ["it's", 'a b', '$HOME', '', '--flag=/x,y:1', '"'];
  const command = `printf '%s\\n' ${shellCommand(words)}`;
  assert.equal(run('sh', ['-c', command]).stdout, `${words.join('\n')}\n`);
});
