// A real port with real certificates, spoken to with curl and openssl as an operator would.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashSync } from 'bcryptjs';
import { Registry } from 'prom-client';
import { makeAuthority, makeCertificate } from './certificates.contract.ts';
import { createHttpService, type HttpService } from './http-service.ts';
import { createLogger } from './log.ts';
import { createWebSecurity } from './web-security.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-web-'));
const file = join(folder, 'web.yml');
const log = createLogger({ name: 'test', level: 'error', format: 'json' });
log.level = 'silent';
const authority = makeAuthority(folder, 'authority');
const stranger = makeAuthority(folder, 'stranger');
const make = (name: string, names: string, by = authority) =>
  makeCertificate({ folder, name, authority: by, names });
const server = make('server', 'IP:127.0.0.1');
const renewed = make('renewed', 'IP:127.0.0.1');
const prometheus = make('prometheus', 'DNS:prometheus.example');
const other = make('other', 'DNS:other.example');
const forged = make('forged', 'DNS:prometheus.example', stranger);
const expired = makeCertificate({
  ...{ folder, name: 'expired', authority, names: 'DNS:prometheus.example', days: -1 },
});
const serverOnly = makeCertificate({
  ...{ folder, name: 'server-only', authority, names: 'DNS:prometheus.example' },
  usage: 'serverAuth',
});
const NOTICE_MS = 1_100;

let service: HttpService | undefined;
let registry = new Registry();
let requests = 0;
let port = 0;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});
after(() => rmSync(folder, { recursive: true }));

async function start(yaml: string): Promise<void> {
  writeFileSync(file, yaml);
  registry = new Registry();
  requests = 0;
  service = createHttpService({
    title: 'Test',
    description: '',
    listen: { host: '127.0.0.1', port: 0 },
    log,
    security: createWebSecurity(file, { log, registry, prefix: 'guard_test' }),
    notReady: () => undefined,
    reload: async () => {},
    metrics: async () => {
      requests += 1;
      return 'a_total 1\n';
    },
  });
  ({ port } = await service.start());
}

interface Outcome {
  readonly code: number;
  readonly text: string;
}

function run(command: string, args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { timeout: 20_000 }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), text: stdout + stderr }),
    );
    child.stdin?.end();
  });
}

const curl = (path: string, ...args: readonly string[]) =>
  run('curl', [
    '--silent',
    '--show-error',
    '--noproxy',
    '*',
    '--cacert',
    authority.cert,
    ...args,
    path,
  ]);
const https = (...args: readonly string[]) => curl(`https://127.0.0.1:${port}/metrics`, ...args);
const statusOf = async (path: string, ...args: readonly string[]) =>
  (await curl(`http://127.0.0.1:${port}${path}`, '-o', '/dev/null', '-w', '%{http_code}', ...args))
    .text;
const as = ({ cert, key }: typeof server) => ['--cert', cert, '--key', key];
const TLS = 'cert_file: server.pem, key_file: server.key';
const reloadGauge = async () =>
  /_web_config_last_reload_successful (\d)/.exec(await registry.metrics())?.[1];

test('curl gets the metrics over TLS 1.2 and 1.3; older TLS, plain HTTP and another authority fail', async () => {
  await start(`tls_server_config: {${TLS}}`);
  assert.deepEqual(await https(), { code: 0, text: 'a_total 1\n' });
  assert.equal((await https('--tlsv1.3')).code, 0);
  assert.equal((await https('--tls-max', '1.2')).code, 0);
  const old = await https('--tlsv1.0', '--tls-max', '1.1', '--ciphers', 'DEFAULT:@SECLEVEL=0');
  assert.match(old.text, /alert protocol version/);
  assert.notEqual((await curl(`http://127.0.0.1:${port}/metrics`)).code, 0);
  assert.match((await https('--cacert', stranger.cert)).text, /certificate/);
  assert.equal(requests, 3);
});

test('min_version and cipher_suites bound what is negotiated', async () => {
  await start(`tls_server_config: {${TLS}, min_version: TLS13}`);
  assert.notEqual((await https('--tls-max', '1.2')).code, 0);
  assert.equal((await https()).code, 0);
  await service?.stop();
  await start(
    `tls_server_config: {${TLS}, cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]}`,
  );
  const only = 'ECDHE-ECDSA-AES128-GCM-SHA256';
  assert.notEqual((await https('--tls-max', '1.2', '--ciphers', only)).code, 0);
  assert.equal((await https('--tls-max', '1.2')).code, 0);
  assert.equal((await https('--tlsv1.3')).code, 0);
});

test('only the right client certificate gets in', async () => {
  await start(
    `tls_server_config: {${TLS}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: authority.pem, client_allowed_sans: [prometheus.example]}`,
  );
  for (const version of ['1.2', '1.3']) {
    const tls = ['--tls-max', version];
    assert.deepEqual(await https(...as(prometheus), ...tls), { code: 0, text: 'a_total 1\n' });
    assert.notEqual((await https(...tls)).code, 0, 'none');
    assert.notEqual((await https(...as(forged), ...tls)).code, 0, 'of another authority');
    assert.notEqual((await https(...as(other), ...tls)).code, 0, 'with another name');
    assert.notEqual((await https(...as(expired), ...tls)).code, 0, 'expired');
    assert.notEqual((await https(...as(serverOnly), ...tls)).code, 0, 'for servers only');
  }
  assert.equal(requests, 2);
});

test('VerifyClientCertIfGiven lets in who has none, RequireAnyClientCert who has any', async () => {
  const ca = 'client_ca_file: authority.pem';
  await start(`tls_server_config: {${TLS}, client_auth_type: VerifyClientCertIfGiven, ${ca}}`);
  assert.equal((await https()).code, 0);
  assert.equal((await https(...as(prometheus))).code, 0);
  assert.notEqual((await https(...as(forged))).code, 0);
  await service?.stop();
  await start(`tls_server_config: {${TLS}, client_auth_type: RequireAnyClientCert}`);
  assert.equal((await https(...as(forged))).code, 0);
  assert.notEqual((await https()).code, 0);
});

/** What the server shows who connects now. */
async function shownSubject(): Promise<string | undefined> {
  const address = ['-connect', `127.0.0.1:${port}`];
  const { text } = await run('openssl', ['s_client', ...address, '-CAfile', authority.cert]);
  return /subject=CN = (\w+)/.exec(text)?.[1];
}

test('a renewed certificate is shown without a restart, a broken one is not and is told', async () => {
  copyFileSync(server.cert, join(folder, 'live.pem'));
  copyFileSync(server.key, join(folder, 'live.key'));
  await start('tls_server_config: {cert_file: live.pem, key_file: live.key}');
  assert.deepEqual([await shownSubject(), await reloadGauge()], ['server', '1']);
  copyFileSync(renewed.cert, join(folder, 'live.pem'));
  await sleep(NOTICE_MS);
  assert.deepEqual([await shownSubject(), await reloadGauge()], ['server', '0']);
  copyFileSync(renewed.key, join(folder, 'live.key'));
  await sleep(NOTICE_MS);
  assert.deepEqual([await shownSubject(), await reloadGauge()], ['renewed', '1']);
  assert.equal((await https()).code, 0);
});

test('a client whose authority is taken away does not get in again', async () => {
  const client = 'client_auth_type: RequireAndVerifyClientCert, client_ca_file: clients.pem';
  copyFileSync(authority.cert, join(folder, 'clients.pem'));
  await start(`tls_server_config: {${TLS}, ${client}}`);
  assert.equal((await https(...as(prometheus))).code, 0);
  copyFileSync(stranger.cert, join(folder, 'clients.pem'));
  await sleep(NOTICE_MS);
  assert.notEqual((await https(...as(prometheus))).code, 0);
  assert.equal((await https(...as(forged))).code, 0);
});

test('every path wants a user, and the password is right or wrong', async () => {
  await start(`basic_auth_users: {prom: "${hashSync('secret', 5)}"}`);
  for (const path of ['/', '/metrics', '/-/healthy', '/-/ready', '/-/reload', '/nothing']) {
    assert.equal(await statusOf(path), '401', path);
  }
  assert.equal(await statusOf('/metrics', '--user', 'prom:secret'), '200');
  assert.equal(await statusOf('/-/healthy', '--user', 'prom:secret'), '200');
  assert.equal(await statusOf('/metrics', '--user', 'prom:wrong'), '401');
  assert.equal(await statusOf('/metrics', '--user', 'nobody:secret'), '401');
  assert.match((await curl(`http://127.0.0.1:${port}/`, '-i')).text, /WWW-Authenticate: Basic/i);
  assert.equal(requests, 1);
});

test('a new password holds within a second, without a restart', async () => {
  await start(`basic_auth_users: {prom: "${hashSync('old', 4)}"}`);
  assert.equal(await statusOf('/metrics', '--user', 'prom:old'), '200');
  writeFileSync(file, `basic_auth_users: {prom: "${hashSync('new', 4)}"}`);
  await sleep(NOTICE_MS);
  assert.equal(await statusOf('/metrics', '--user', 'prom:old'), '401');
  assert.equal(await statusOf('/metrics', '--user', 'prom:new'), '200');
});

test('headers are set and taken away, and too many requests are refused', async () => {
  await start(
    'http_server_config: {headers: {X-Frame-Options: deny, Content-Security-Policy: ""}}\nrate_limit: {interval: 1h, burst: 2}',
  );
  const { text } = await curl(`http://127.0.0.1:${port}/`, '-i');
  assert.match(text, /^X-Frame-Options: deny\r$/im);
  assert.doesNotMatch(text, /Content-Security-Policy/i);
  assert.equal(await statusOf('/metrics'), '200');
  assert.equal(await statusOf('/metrics'), '429');
});

test('without a file there is nothing to obey', () => {
  assert.equal(createWebSecurity(undefined, { log, registry, prefix: 'guard_test' }), undefined);
});
