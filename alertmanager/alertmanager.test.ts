// The configuration by amtool: both files valid, in agreement, and without secrets.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { runAmtool } from './amtool.ts';
import { type AlertmanagerConfig, readConfig } from './config-file.ts';

const HERE = import.meta.dirname;
const CONFIGS = ['alertmanager.yml', 'receivers.example.yml'];
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
  assert.deepEqual(example?.time_intervals, real?.time_intervals);
  const names = ({ receivers }: AlertmanagerConfig) => receivers.map(({ name }) => name);
  assert.deepEqual(names(example!), names(real!));
});

test('the default sends nothing anywhere', () => {
  const { receivers } = readConfig('alertmanager.yml');
  assert.ok(receivers.length >= 9);
  for (const receiver of receivers) assert.deepEqual(Object.keys(receiver), ['name']);
});

test('the example has no secret in it, only names of files', () => {
  const lines = readFileSync(join(HERE, 'receivers.example.yml'), 'utf8').split('\n');
  const secrets = lines.filter((line) =>
    /(api_url|password|_key|token|credentials)\w*:/.test(line),
  );
  assert.ok(secrets.length >= 5);
  assert.deepEqual(
    secrets.filter((line) => !/_file: /.test(line)),
    [],
  );
});

test('what creeps is repeated less often than what stalls', () => {
  const route = (kind: string) =>
    runAmtool(
      `config routes test --tree --config.file alertmanager.yml severity=warning kind=${kind}`.split(
        ' ',
      ),
      HERE,
    ).output;
  assert.match(route('memory_leak'), /\{kind=~"memory_leak[a-z_|]+collector/);
  assert.match(route('filesystem'), /\{kind=~"memory_leak[a-z_|]+collector/);
  assert.doesNotMatch(route('cpu_saturation'), /\{kind=~/);
});
