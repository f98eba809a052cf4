import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConfig } from '../../service/config.ts';
import { storeSchema } from './config.ts';

const parse = (text: string) => parseConfig(storeSchema, text, 'test.yml');

test('without a URL the store is in the folder', () => {
  assert.deepEqual(parse(''), { timeout: 5, lease: 15 });
});

test('over a network TLS is verified unless the URL says otherwise', () => {
  const cases: readonly (readonly [url: string, mode: string])[] = [
    ['postgresql://guard@db.example/guard', 'verify-full'],
    ['postgres://guard@10.0.0.1:5433/guard', 'verify-full'],
    ['postgresql://guard@127.0.0.1/guard', 'disable'],
    ['postgresql://guard@[::1]/guard', 'disable'],
    ['postgresql://guard@localhost/guard?host=/run/postgresql', 'disable'],
    ['postgresql://guard@db.example/guard?sslmode=disable', 'disable'],
    ['postgresql://guard@db.example/guard?sslmode=no-verify', 'no-verify'],
  ];
  for (const [url, mode] of cases)
    assert.equal(new URL(parse(`url: ${url}`).url!).searchParams.get('sslmode'), mode, url);
});

test('what would not be understood is refused', () => {
  const cases: readonly (readonly [text: string, problem: RegExp])[] = [
    ['url: mysql://guard@db/guard', /expected a URL such as postgresql/],
    ['url: db', /expected a URL such as postgresql/],
    ['url: postgresql://guard:secret@db/guard', /password_file/],
    ['url: postgresql://db.example/guard', /the user is missing/],
    ['url: postgresql://guard@db/guard?sslmode=prefer', /sslmode: expected disable/],
    ['url: postgresql://guard@db/guard?pool=3', /unknown parameter pool/],
    ['url: postgresql://guard@db/guard?sslrootcert=/none.pem', /sslrootcert: .*none\.pem/],
    ['password_file: secret', /absolute path/],
    ['path: /x', /unknown key/],
  ];
  for (const [text, problem] of cases) assert.throws(() => parse(text), problem, text);
});
