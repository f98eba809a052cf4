// The exporter as the unit starts it with --web.config.file, asked by curl as Prometheus would with TLS and a user.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashSync } from 'bcryptjs';
import { makeAuthority, makeCertificate } from '../../service/certificates.contract.ts';

const MAIN = join(import.meta.dirname, '..', '..', 'exporter', 'main.ts');
const DEADLINE_MS = 30_000;
const folder = mkdtempSync(join(tmpdir(), 'guard-unit-web-'));
const webFile = join(folder, 'web.yml');
const authority = makeAuthority(folder, 'authority');
makeCertificate({ folder, name: 'server', authority, names: 'IP:127.0.0.1' });
let exporter: ChildProcess | undefined;
after(() => {
  exporter?.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

async function start(): Promise<string> {
  const flags = [MAIN, '--web.listen-address=127.0.0.1:0', `--web.config.file=${webFile}`];
  exporter = spawn(process.execPath, flags, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  exporter.stderr?.on('data', (chunk: Buffer) => {
    log += chunk.toString();
  });
  for (const end = performance.now() + DEADLINE_MS; performance.now() < end; await sleep(50)) {
    const port = /msg=listening .*port=(\d+)/.exec(log)?.[1];
    if (port !== undefined) return `https://127.0.0.1:${port}`;
  }
  throw new Error(`not listening within ${DEADLINE_MS} ms:\n${log}`);
}

function curl(...args: readonly string[]): Promise<string> {
  const always = ['--silent', '--noproxy', '*', '--cacert', authority.cert];
  return new Promise((resolve) =>
    execFile('curl', [...always, ...args], { maxBuffer: 2 ** 26 }, (_error, stdout) =>
      resolve(stdout),
    ),
  );
}

test('the exporter serves its metrics over TLS to the right user only', async () => {
  const hash = hashSync('secret', 10);
  const tls = '{cert_file: server.pem, key_file: server.key}';
  writeFileSync(webFile, `tls_server_config: ${tls}\nbasic_auth_users: {prometheus: "${hash}"}\n`);
  const base = await start();
  const metrics = await curl('--user', 'prometheus:secret', `${base}/metrics`);
  assert.match(metrics, /^guard_exporter_web_config_last_reload_successful 1$/m);
  assert.match(metrics, /^guard_load1 /m);
  assert.equal(await curl(`${base}/-/healthy`), 'Unauthorized\n');
  assert.equal(await curl('--user', 'prometheus:wrong', `${base}/metrics`), 'Unauthorized\n');
  const checked = spawnSync('promtool', ['check', 'metrics'], { input: metrics, encoding: 'utf8' });
  assert.deepEqual([checked.status, checked.stdout + checked.stderr], [0, '']);
});

test('a broken web configuration is told by --config.check and stops the start', () => {
  writeFileSync(webFile, 'basic_auth_users: {prometheus: secret}\ntls_server_config: {}\n');
  for (const flags of [['--config.check'], ['--web.listen-address=127.0.0.1:0']]) {
    const args = [MAIN, ...flags, `--web.config.file=${webFile}`];
    const { status, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      timeout: 30_000,
    });
    assert.equal(status, 1);
    assert.match(stderr, /web\.yml:1: basic_auth_users\.prometheus: expected a bcrypt hash/);
    assert.match(stderr, /web\.yml:2: tls_server_config\.cert: missing cert or cert_file/);
  }
});
