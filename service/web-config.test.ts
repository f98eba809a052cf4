import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { makeAuthority, makeCertificate } from './certificates.contract.ts';
import { ConfigError, parseConfig } from './config.ts';
import { loadWebConfig, type WebSettings, watchWebConfig } from './web-config.ts';
import { webConfigSchema } from './web-config-schema.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-web-config-'));
after(() => rmSync(folder, { recursive: true }));
const authority = makeAuthority(folder, 'authority');
const names = 'IP:127.0.0.1';
const one = makeCertificate({ folder, name: 'one', authority, names });
const two = makeCertificate({ folder, name: 'two', authority, names });
const file = join(folder, 'web.yml');
const HASH = '$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG';

function problemsOf(yaml: string): string {
  try {
    parseConfig(webConfigSchema, yaml, 'web.yml');
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return '';
}

test("the sample of exporter-toolkit's documentation is understood", () => {
  const config = parseConfig(
    webConfigSchema,
    `tls_server_config:
  cert_file: server.crt
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.crt
  client_allowed_sans: [prometheus.example]
  min_version: TLS13
  cipher_suites: [TLS_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: true
  curve_preferences: [CurveP256, X25519]
http_server_config:
  http2: true
  headers: {Strict-Transport-Security: max-age=31536000, X-Frame-Options: deny}
basic_auth_users: {alice: ${HASH}}
rate_limit: {interval: 1s, burst: 20}
`,
    'web.yml',
  );
  assert.equal(config.tls_server_config?.min_version, 'TLSv1.3');
  assert.equal(config.rate_limit?.interval, 1);
});

const MISTAKES: readonly (readonly [yaml: string, problem: RegExp])[] = [
  ['tls_config: {}', /web\.yml:1: tls_config: unknown key/],
  ['tls_server_config: {}', /missing cert or cert_file\n.*missing key or key_file/],
  ['tls_server_config: {cert_file: a, cert: b, key_file: c}', /give either cert or cert_file/],
  ['tls_server_config: {cert_file: a, key_file: b, min_version: TLS11}', /expected TLS12, TLS13/],
  ['tls_server_config: {cert_file: a, key_file: b, max_version: SSL30}', /expected TLS12, TLS13/],
  [
    'tls_server_config: {cert_file: a, key_file: b, min_version: TLS13, max_version: TLS12}',
    /max_version: is below min_version/,
  ],
  [
    'tls_server_config: {cert_file: a, key_file: b, client_auth_type: Always}',
    /client_auth_type: expected NoClientCert, /,
  ],
  [
    'tls_server_config: {cert_file: a, key_file: b, client_auth_type: RequireAndVerifyClientCert}',
    /needs client_ca or client_ca_file/,
  ],
  [
    'tls_server_config: {cert_file: a, key_file: b, client_ca_file: c}',
    /a client CA does nothing without a client_auth_type/,
  ],
  [
    'tls_server_config: {cert_file: a, key_file: b, client_auth_type: RequestClientCert, client_allowed_sans: [x]}',
    /client_allowed_sans: needs RequireAnyClientCert/,
  ],
  [
    'tls_server_config: {cert_file: a, key_file: b, cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}',
    /cipher_suites\[0\]: expected TLS_ECDHE/,
  ],
  ['basic_auth_users: {alice: secret}', /basic_auth_users\.alice: expected a bcrypt hash/],
  [`basic_auth_users: {alice: ${HASH.replace('$10$', '$31$')}}`, /bcrypt cost 31 is out of range/],
  [`basic_auth_users: {"a:b": ${HASH}}`, /expected a user name without colon/],
  ['http_server_config: {headers: {Server: x}}', /headers\.Server: unknown key/],
  ['http_server_config: {headers: {X-Frame-Options: allow}}', /X-Frame-Options: expected deny/],
  ['rate_limit: {interval: 1s}', /rate_limit\.burst: expected at least 1/],
  ['rate_limit: {interval: 5, burst: 1}', /expected a duration/],
];

for (const [yaml, problem] of MISTAKES) {
  test(`refused: ${yaml}`, () => assert.match(problemsOf(yaml), problem));
}

const write = (cert: string, key: string, more = '') =>
  writeFileSync(file, `tls_server_config: {cert_file: ${cert}, key_file: ${key}}\n${more}`);

test('files are looked for beside the web configuration and have to fit', () => {
  write('one.pem', 'one.key');
  assert.match(String(loadWebConfig(file).tls?.context.cert), /BEGIN CERTIFICATE/);
  write('one.pem', 'two.key');
  assert.throws(() => loadWebConfig(file), /cannot be used: .*key values mismatch/);
  write('none.pem', 'one.key');
  assert.throws(() => loadWebConfig(file), /cert_file: none\.pem cannot be read: ENOENT/);
});

function watch() {
  let ms = 0;
  const changes: WebSettings[] = [];
  const broken: string[] = [];
  const watched = watchWebConfig(file, {
    onChange: (settings) => changes.push(settings),
    onBroken: (error) => broken.push(error.message),
    now: () => ms,
  });
  const later = (): WebSettings => {
    ms += 1_001;
    return watched.current();
  };
  return { later, changes, broken, current: watched.current };
}

test('a change of the file or of a certificate is noticed, once, after a second', () => {
  copyFileSync(one.cert, join(folder, 'live.pem'));
  copyFileSync(one.key, join(folder, 'live.key'));
  write('live.pem', 'live.key');
  const { later, current, changes } = watch();
  write('live.pem', 'live.key', `basic_auth_users: {alice: ${HASH}}`);
  assert.deepEqual(current().config.basic_auth_users, {});
  assert.deepEqual(later().config.basic_auth_users, { alice: HASH });
  copyFileSync(two.cert, join(folder, 'live.pem'));
  copyFileSync(two.key, join(folder, 'live.key'));
  later();
  later();
  assert.equal(changes.length, 2);
});

test('what is broken is told once, keeps the old settings, and is tried again', () => {
  write('one.pem', 'one.key');
  const { later, changes, broken } = watch();
  write('soon.pem', 'one.key');
  assert.equal(later().tls?.section.cert_file, 'one.pem');
  later();
  assert.equal(broken.length, 1);
  assert.match(broken[0] ?? '', /soon\.pem cannot be read/);
  copyFileSync(one.cert, join(folder, 'soon.pem'));
  assert.equal(later().tls?.section.cert_file, 'soon.pem');
  assert.equal(changes.length, 1);
  rmSync(file);
  assert.equal(later().tls?.section.cert_file, 'soon.pem');
  assert.match(broken[1] ?? '', /web\.yml: cannot be read: ENOENT/);
});

test('what an open port cannot change is refused', () => {
  write('one.pem', 'one.key');
  const { later, broken } = watch();
  writeFileSync(file, '');
  assert.notEqual(later().tls, undefined);
  writeFileSync(
    file,
    'tls_server_config: {cert_file: one.pem, key_file: one.key, client_auth_type: RequireAnyClientCert}',
  );
  later();
  assert.match(broken.join('\n'), /turning TLS on or off needs a restart/);
  assert.match(broken.join('\n'), /starting or ceasing to ask clients .* needs a restart/);
});

test('a broken file at the start is refused', () => {
  writeFileSync(file, 'basic_auth_users: 1');
  assert.throws(() => watch(), ConfigError);
});
