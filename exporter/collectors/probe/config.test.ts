import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { ConfigError, parseConfig } from '../../../service/config.ts';
import { probeConfigSchema } from './config.ts';

const parse = (yaml: string) =>
  parseConfig(z.strictObject({ probe: probeConfigSchema }), yaml, 'test.yml').probe;
const probesOf = (yaml: string) => parse(`probe: {probes: [${yaml}]}`).probes;

function problemsOf(yaml: string): string {
  try {
    probesOf(yaml);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return 'valid';
}

test('nothing is probed unless it is named', () => {
  assert.deepEqual(parse(''), { max_concurrent: 10, probes: [] });
});

test('each kind has its defaults', () => {
  const tls = { caFile: undefined, insecureSkipVerify: false, serverName: undefined };
  const common = { intervalSeconds: 30, timeoutSeconds: 5 };
  const url = 'http://user.example/a?key=secret';
  assert.deepEqual(
    probesOf(`
      {name: shop, http: {url: '${url}'}},
      {name: db, tcp: {address: 'db.example:5432'}, interval: 10s, timeout: 100ms},
      {name: six, tcp: {address: '[2001:db8::1]:443', tls: {ca_file: ca.pem, server_name: a}}},
      {name: names, dns: {name: shop.example, record: MX, server: '[2001:db8::53]:53'}}`),
    [
      {
        ...common,
        name: 'shop',
        shown: 'http://user.example/a',
        target: {
          kind: 'http',
          url,
          method: 'GET',
          expectedStatus: undefined,
          headers: {},
          bearerTokenFile: undefined,
          bodyLimitBytes: 1_048_576,
          maxRedirects: 0,
          tls,
        },
      },
      {
        name: 'db',
        intervalSeconds: 10,
        timeoutSeconds: 0.1,
        shown: 'db.example:5432',
        target: { kind: 'tcp', host: 'db.example', port: 5432, tls: undefined },
      },
      {
        ...common,
        name: 'six',
        shown: '[2001:db8::1]:443',
        target: {
          kind: 'tcp',
          host: '2001:db8::1',
          port: 443,
          tls: { ...tls, caFile: 'ca.pem', serverName: 'a' },
        },
      },
      {
        ...common,
        name: 'names',
        shown: 'MX shop.example',
        target: { kind: 'dns', name: 'shop.example', record: 'MX', server: '[2001:db8::53]:53' },
      },
    ],
  );
});

test('one status or several are expected', () => {
  const expected = (yaml: string) => {
    const target = probesOf(`{name: a, http: {url: 'http://a', expected_status: ${yaml}}}`)[0]
      ?.target;
    return target?.kind === 'http' ? target.expectedStatus : undefined;
  };
  assert.deepEqual(expected('301'), [301]);
  assert.deepEqual(expected('[200, 401]'), [200, 401]);
});

test('what cannot be probed is refused with its place', () => {
  const check = (yaml: string, want: RegExp) => assert.match(problemsOf(yaml), want, yaml);
  const http = (rest: string) => `{name: a, http: {url: 'http://a', ${rest}}}`;
  check("{name: a, http: {url: 'ftp://a'}}", /probes\[0\]\.http\.url: expected a URL such as/);
  check("{name: a, http: {url: 'http://u:p@a'}}", /http\.url: credentials in the URL are refused/);
  assert.doesNotMatch(problemsOf("{name: a, http: {url: 'http://u:hidden@a'}}"), /hidden/);
  check(http('method: DELETE'), /http\.method: expected GET, HEAD, OPTIONS, POST/);
  check(http('headers: {"a b": c}'), /http\.headers\.a b: no legal HTTP header/);
  check(http('headers: {a: "b\\r\\nc: d"}'), /http\.headers\.a: no legal HTTP header/);
  check(http('expected_status: 99'), /expected_status/);
  check(http('expected_status: []'), /expected_status/);
  check(http('max_redirects: 11'), /max_redirects/);
  check(http('body_limit: 1e12'), /body_limit/);
  check(http('tls: {verify: false}'), /http\.tls\.verify: unknown key/);
  check('{name: a, tcp: {address: db}}', /tcp\.address: expected host:port/);
  check("{name: a, tcp: {address: 'db:0'}}", /tcp\.address: expected host:port/);
  check("{name: a, tcp: {address: 'db:65536'}}", /tcp\.address: expected host:port/);
  check("{name: a, tcp: {address: '2001:db8::1:443'}}", /tcp\.address: expected host:port/);
  check('{name: a, dns: {name: b, record: ANY}}', /dns\.record: expected A, AAAA/);
  check('{name: a, dns: {name: b, server: dns.example}}', /dns\.server: expected an address/);
  check("{name: a, dns: {name: b, server: '192.0.2.1:70000'}}", /dns\.server/);
  check('{name: a}', /probes\[0\]: expected exactly one of http, tcp and dns/);
  check("{name: a, tcp: {address: 'b:1'}, dns: {name: b}}", /expected exactly one of/);
  check("{name: a, interval: 1s, timeout: 2s, tcp: {address: 'b:1'}}", /timeout: longer than/);
  check("{name: a, interval: 10ms, tcp: {address: 'b:1'}}", /interval: "10ms" is out of range/);
  check('{name: "a\\nb", dns: {name: b}}', /name: expected a name/);
  check('{name: a, dns: {name: b}}, {name: a, dns: {name: c}}', /two probes have the same name/);
  check(
    Array.from({ length: 101 }, (_, index) => `{name: p${index}, dns: {name: b}}`).join(),
    /100/,
  );
});
