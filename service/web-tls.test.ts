import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getCiphers } from 'node:tls';
import { cipherNames, toOpensslCiphers, toOpensslCurves } from './web-cipher.ts';
import { subjectAltNames } from './web-tls.ts';

test('names of a certificate are taken apart', () => {
  assert.deepEqual(
    subjectAltNames(
      'DNS:a.example, IP Address:0:0:0:0:0:0:0:1, email:a@b.example, URI:spiffe://c/d',
    ),
    ['a.example', '::1', 'a@b.example', 'spiffe://c/d'],
  );
  assert.deepEqual(subjectAltNames(''), []);
});

test('a name that contains another one does not smuggle it in', () => {
  assert.deepEqual(subjectAltNames('URI:"http://x/, DNS:prometheus.example"'), [
    'http://x/, DNS:prometheus.example',
  ]);
  assert.deepEqual(subjectAltNames('othername:<unsupported>, DNS:a'), ['a']);
  assert.deepEqual(subjectAltNames('DirName:"CN=x, DNS:y", DNS:a'), ['a']);
});

test("OpenSSL knows every cipher suite of exporter-toolkit's format", () => {
  const known = getCiphers();
  const ours = toOpensslCiphers(cipherNames()).toLowerCase().split(':');
  assert.deepEqual(
    ours.filter((name) => !known.includes(name)),
    [],
  );
  assert.match(
    toOpensslCiphers(['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256']),
    /^TLS_.*:ECDHE-RSA-AES128-GCM-SHA256$/,
  );
  assert.equal(toOpensslCurves(['X25519', 'CurveP256']), 'X25519:P-256');
});
