import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type PostgresqlTarget, readLogin } from './postgresql-target.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-postgresql-target-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'secret');

function loginOf(url: string, security: Omit<PostgresqlTarget, 'server'> = {}) {
  writeFileSync(file, url);
  const { password, ...login } = readLogin({ server: { urlFile: file }, ...security });
  assert.ok(typeof password === 'function');
  return { ...login, password: password() };
}

test('a URL is read whole, escapes and all', () => {
  assert.deepEqual(loginOf('postgresql://guard:p%25s%2F%40@127.0.0.1:5433/shop\n'), {
    host: '127.0.0.1',
    port: 5433,
    user: 'guard',
    password: 'p%s/@',
    database: 'shop',
    ssl: false,
  });
  assert.deepEqual(loginOf('postgres://guard@[2001:db8::1]/'), {
    host: '2001:db8::1',
    port: 5432,
    user: 'guard',
    password: '',
    database: 'postgres',
    ssl: { rejectUnauthorized: true, host: '2001:db8::1' },
  });
  const socket = loginOf('postgresql://guard@localhost/shop?host=/run/postgresql&sslmode=require');
  assert.deepEqual([socket.host, socket.ssl], ['/run/postgresql', false]);
});

test('away from loopback the certificate is checked unless the mode says otherwise', () => {
  const sslOf = (url: string, security = {}) => loginOf(url, security).ssl;
  assert.deepEqual(sslOf('postgres://u@db.example/x'), { rejectUnauthorized: true });
  assert.equal(sslOf('postgres://u@localhost/x'), false);
  assert.equal(sslOf('postgres://u@db.example/x?sslmode=disable'), false);
  assert.deepEqual(sslOf('postgres://u@db.example/x?sslmode=require'), {
    rejectUnauthorized: false,
  });
  assert.deepEqual(sslOf('postgres://u@db.example/x?sslmode=disable', { sslmode: 'verify-full' }), {
    rejectUnauthorized: true,
  });
});

test('what is no usable URL is refused without a word of it', () => {
  const check = (url: string, want: RegExp) =>
    assert.throws(
      () => loginOf(url),
      (error: Error) => {
        assert.equal(error.name, 'CredentialsError');
        assert.match(error.message, want);
        assert.ok(error.message.includes(file));
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
      url,
    );
  check('', /holds no URL/);
  check('hunter2', /holds no URL/);
  check('https://u:hunter2@h/x', /holds no URL/);
  check('host=h user=u password=hunter2', /holds no URL/);
  check('postgres://u:hunter2%@h/x', /% that begins no escape/);
  check('postgres://h/x?password=hunter2', /parameters other than/);
  check('postgres://u:hunter2@h/x?sslmode=prefer', /sslmode other than/);
  check('postgres://:hunter2@h/x', /lacks host or user/);
  check(`postgres://u:${'hunter2'.repeat(10_000)}@h/x`, /larger than/);
});

test('a file that is not there is named with its error', () => {
  assert.throws(() => readLogin({ server: { urlFile: '/nonexistent/url' } }), {
    name: 'CredentialsError',
    message: 'Cannot read /nonexistent/url: ENOENT',
  });
  const parts = { host: 'db.example', port: 5432, user: 'u', database: 'd' };
  assert.throws(() => readLogin({ server: { ...parts, passwordFile: '/nonexistent/p' } }), {
    message: 'Cannot read /nonexistent/p: ENOENT',
  });
  assert.throws(() => readLogin({ server: parts, caFile: folder }), { message: /EISDIR/ });
});
