// The configuration by amtool: both files valid, in agreement, and every alert routed to its receiver.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readRuleGroups } from '../rules/rule-files.ts';
import { runAmtool } from './amtool.ts';
import { readConfig } from './config-file.ts';

const HERE = import.meta.dirname;
const CONFIGS = ['alertmanager.yml', 'receivers.example.yml'];
const RECEIVERS = { critical: 'page', warning: 'team', info: 'low' };
const FINDING_KINDS =
  'cpu_saturation cpu_throttling cpu_steal memory_leak memory_pressure io_bound network_saturation network_path lock_contention thread_starvation fd_exhaustion database_contention dependency_slow'.split(
    ' ',
  );
for (const file of CONFIGS) {
  test(`amtool accepts ${file}`, () => {
    const { status, output } = runAmtool(['check-config', file], HERE);
    assert.equal(status, 0, output);
    assert.match(output, /SUCCESS/);
    assert.match(output, /1 templates/);
  });
}

test('amtool refuses a receiver that is not there, so the check above can fail', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-amtool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'bad.yml'), 'route: { receiver: nobody }\nreceivers: []\n');
  const { status, output } = runAmtool(['check-config', 'bad.yml'], folder);
  assert.notEqual(status, 0);
  assert.match(output, /nobody/);
});

test('without amtool the message says what to install', (t) => {
  const value = process.env.AMTOOL_BIN;
  t.after(() => {
    if (value === undefined) delete process.env.AMTOOL_BIN;
    else process.env.AMTOOL_BIN = value;
  });
  process.env.AMTOOL_BIN = '/nonexistent/amtool';
  assert.throws(() => runAmtool(['--version'], HERE), /no amtool.*apt install/);
});

test('the example has the routing and the inhibition of the real one', () => {
  const [real, example] = CONFIGS.map(readConfig);
  assert.deepEqual(example?.route, real?.route);
  assert.deepEqual(example?.inhibit_rules, real?.inhibit_rules);
});

test('the default sends nothing anywhere', () => {
  const { receivers } = readConfig('alertmanager.yml');
  assert.deepEqual(receivers, [{ name: 'page' }, { name: 'team' }, { name: 'low' }]);
});

test('the example has no secret in it, only names of files', () => {
  const lines = readFileSync(join(HERE, 'receivers.example.yml'), 'utf8').split('\n');
  const secrets = lines.filter((line) => /(api_url|password|key|token|credentials)\w*:/.test(line));
  assert.ok(secrets.length >= 5);
  assert.deepEqual(
    secrets.filter((line) => !/_file: /.test(line)),
    [],
  );
});

test('every severity of every kind goes to its receiver, by both files', () => {
  const ruleKinds = readRuleGroups().flatMap(({ rules }) => rules.map((rule) => rule.labels.kind));
  const kinds = new Set([...FINDING_KINDS, ...ruleKinds.filter((kind) => kind !== undefined)]);
  assert.ok(kinds.size > FINDING_KINDS.length);
  for (const [severity, receiver] of Object.entries(RECEIVERS)) {
    for (const kind of kinds) {
      const labels = ['alertname=GuardAny', `severity=${severity}`, `kind=${kind}`];
      assert.equal(receiverOf('alertmanager.yml', labels), receiver, labels.join(' '));
    }
    const labels = [`severity=${severity}`, 'kind=memory_leak'];
    assert.equal(receiverOf('receivers.example.yml', labels), receiver);
  }
});

test('an alert of another product, without our labels, reaches the team', () => {
  assert.equal(receiverOf('alertmanager.yml', ['alertname=Other']), 'team');
});

test('what creeps is repeated less often than what stalls', () => {
  const route = (kind: string) =>
    runAmtool(
      `config routes test --tree --config.file alertmanager.yml severity=warning kind=${kind}`.split(
        ' ',
      ),
      HERE,
    ).output;
  assert.match(route('memory_leak'), /\{kind=~"memory_leak/);
  assert.match(route('filesystem'), /\{kind=~"memory_leak/);
  assert.doesNotMatch(route('cpu_saturation'), /\{kind=~/);
});

function receiverOf(file: string, labels: readonly string[]): string {
  const args = ['config', 'routes', 'test', '--config.file', file, ...labels];
  const { status, output } = runAmtool(args, HERE);
  assert.equal(status, 0, output);
  return output.replace(/^Warning: .*$/m, '').trim();
}
