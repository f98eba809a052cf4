// The configuration through a real child process: the same as read in this one, mistakes included.
import assert from 'node:assert/strict';
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { ConfigError, loadConfig } from '../service/config.ts';
import { configSchema } from './config.ts';
import { readConfig } from './config-reader.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures/config');
const EXAMPLE = join(import.meta.dirname, 'exporter.yml');
const folder = mkdtempSync(join(tmpdir(), 'guard-config-reader-'));
after(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

for (const file of [undefined, EXAMPLE, ...globSync(join(FIXTURES, 'good-*.yml'))]) {
  test(`the same as without a child: ${file === undefined ? 'defaults' : basename(file)}`, async () => {
    assert.deepEqual(await readConfig(file), loadConfig(configSchema, file));
  });
}

test('every kind of value survives: expressions, absent keys, seconds, headers', async () => {
  const file = fileOf(
    'all.yml',
    `access_logs:
  - {name: shop, path: /var/log/shop.log, format: regex, pattern: '(?<status>\\d+) (?<ip>\\S+)', sessions: {by: ip}}
ping: {targets: [gateway, {address: '::1', ip_version: 6}], interval: 1500ms}
probe:
  probes:
    - {name: shop, http: {url: 'https://shop.example/', headers: {X-Key: geheim}, expected_status: 204}}
    - {name: names, dns: {name: shop.example}}
postgresql: [{name: main, host: db, user: guard}]
process: {process_names: [{cmdline: ['(?P<a>x)'], name: '{{.Matches.a}}'}], tags: {rack: {environment: RACK}}}
`,
  );
  const config = await readConfig(file);
  assert.deepEqual(config, loadConfig(configSchema, file));
  const [log] = config.access_logs;
  assert.ok(log?.format === 'regex');
  assert.equal(log.pattern.compiled.exec('200 ::1')?.groups?.status, '200');
});

test('every problem is told as it is without a child', async () => {
  const file = fileOf(
    'bad.yml',
    'ping: {targets: ["-f"]}\npong: 1\ncollectors: {disabled: [gpu]}\n',
  );
  for (const bad of [file, fileOf('broken.yml', 'a: [\n'), join(folder, 'missing.yml')]) {
    let expected: unknown;
    try {
      loadConfig(configSchema, bad);
    } catch (error) {
      expected = error;
    }
    assert.ok(expected instanceof ConfigError);
    await assert.rejects(readConfig(bad), (error) => {
      assert.ok(error instanceof ConfigError);
      assert.deepEqual(error.problems, expected.problems);
      return true;
    });
  }
});

test('a child that fails, says nothing or too much is an error of its own', async () => {
  const run = (source: string) => readConfig(undefined, { script: fileOf('child.mjs', source) });
  const failed = /The process that reads the configuration failed/;
  await assert.rejects(run('throw new Error("no zod")'), (error: Error) => {
    assert.match(error.message, failed);
    assert.match(error.message, /no zod/);
    return !(error instanceof ConfigError);
  });
  await assert.rejects(run(''), failed);
  await assert.rejects(run('process.kill(process.pid, "SIGKILL")'), failed);
  const endless =
    'const a = new Uint8Array(1e7); for (let i = 0; i < 9; i++) process.stdout.write(a)';
  await assert.rejects(run(endless), /maxBuffer/);
});

test('an abort ends the child', async () => {
  const script = fileOf('hanging.mjs', 'setInterval(() => {}, 1000)');
  const hanging = readConfig(undefined, { script, signal: AbortSignal.timeout(50) });
  await assert.rejects(hanging, /abort/i);
});
