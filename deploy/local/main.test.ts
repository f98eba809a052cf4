import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const MAIN = join(import.meta.dirname, 'main.ts');
const dataDir = mkdtempSync(join(tmpdir(), 'guard-main-'));
const blocker = createServer();
await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', () => resolve()));
const busy = (blocker.address() as AddressInfo).port;
after(() => {
  blocker.close();
  rmSync(dataDir, { recursive: true });
});

function start(...flags: string[]) {
  const args = [MAIN, `--data.dir=${dataDir}`, ...flags];
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 30_000 });
}

test('a port in use ends the start before anything runs', () => {
  const free = ['prometheus', 'alertmanager', 'exporter'].map((name) => `--${name}.port=0`);
  const { status, stdout, stderr } = start(...free, `--analyzer.port=${busy}`);
  assert.equal(status, 1);
  assert.equal(stdout, '');
  assert.match(
    stderr,
    new RegExp(
      `^Port ${busy}, wanted for the analyzer, is in use by .*; --analyzer\\.port=PORT chooses another one\n$`,
    ),
  );
  assert.equal(existsSync(join(dataDir, 'logs')), false);
});

test('a Prometheus that does not answer is named', () => {
  const { status, stderr } = start(`--prometheus.url=http://127.0.0.1:${busy}`);
  assert.equal(status, 1);
  assert.match(stderr, /--prometheus\.url=http:\/\/127\.0\.0\.1:\d+: no Prometheus answers there/);
});

test('an unknown flag names the way to the flags', () => {
  const { status, stderr } = start('--prometheus.prot=1');
  assert.equal(status, 1);
  assert.match(stderr, /unknown option '--prometheus\.prot=1'(.|\n)*npm start -- --help/);
});
