import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createJsonParser, createRegexParser } from './formats.ts';

const NGINX = {
  status: 'status',
  method: 'request_method',
  request: 'request',
  bytes: 'body_bytes_sent',
  seconds: 'request_time',
  ip: 'remote_addr',
};

test('JSON lines of nginx: numbers and texts alike', () => {
  const parse = createJsonParser(NGINX, { unit: 's', session: 'ip' });
  const want = {
    status: 200,
    method: 'GET',
    responseBytes: 512,
    seconds: 0.012,
    session: '2001:db8::1',
  };
  const fields = { status: 200, body_bytes_sent: 512, request_time: 0.012 };
  const texts = { status: '200', body_bytes_sent: '512', request_time: '0.012' };
  for (const numbers of [fields, texts]) {
    const line = { ...numbers, request_method: 'GET', remote_addr: '2001:db8::1' };
    assert.deepEqual(parse(JSON.stringify(line)), want);
  }
  const request = { ...fields, request: 'GET /x HTTP/1.1', remote_addr: '2001:db8::1' };
  assert.deepEqual(parse(JSON.stringify(request)), want);
});

test('nested fields as Caddy writes them, units as Traefik does', () => {
  const caddy = createJsonParser(
    { status: 'status', method: 'request.method', ip: 'request.remote_ip', seconds: 'duration' },
    { unit: 's', session: 'ip' },
  );
  const line = '{"request":{"remote_ip":"192.0.2.1","method":"PUT"},"duration":1e-7,"status":201}';
  const entry = caddy(line);
  assert.deepEqual([entry?.method, entry?.session, entry?.seconds], ['PUT', '192.0.2.1', 1e-7]);
  const traefik = createJsonParser(
    { status: 'OriginStatus', seconds: 'Duration', method: 'a.b' },
    { unit: 'ns', session: undefined },
  );
  const timed = traefik('{"OriginStatus":500,"Duration":1500000,"a.b":"GET"}');
  assert.deepEqual([timed?.status, timed?.method, timed?.session], [500, 'GET', undefined]);
  assert.ok(Math.abs((timed?.seconds ?? 0) - 0.0015) < 1e-12);
});

test('missing fields are missing, not 0', () => {
  const parse = createJsonParser(NGINX, { unit: 's', session: 'ip' });
  assert.deepEqual(parse('{"status":204,"body_bytes_sent":null,"request_time":"-"}'), {
    status: 204,
    method: undefined,
    responseBytes: undefined,
    seconds: undefined,
    session: undefined,
  });
  assert.equal(parse('{"status":200,"request_time":-1}')?.seconds, undefined);
});

test('what is no such JSON line is refused', () => {
  const parse = createJsonParser({ ...NGINX, method: '__proto__.x' }, { unit: 's', session: 'ip' });
  for (const line of ['', '{', '[]', '[{"status":200}]', 'null', '200', '"status"', '{}']) {
    assert.equal(parse(line), undefined, line);
  }
  for (const status of ['true', '"ok"', '20', '2e2.5', '{"status":200}', '[200]', '-200', 'NaN']) {
    assert.equal(parse(`{"status":${status}}`), undefined, status);
  }
  assert.equal(parse('{"status":200,"__proto__":{"x":"GET"}}')?.method, 'GET');
});

test('a regular expression names its groups', () => {
  const pattern = /^(?:(?<ip>\S+) (?<cookie>\S+) (?<status>\d+) (?<seconds>\S+)(?<method>z)?)$/u;
  const parse = createRegexParser(pattern, { unit: 'ms', session: 'cookie' });
  assert.deepEqual(parse('192.0.2.1 abc 302 12'), {
    status: 302,
    method: undefined,
    responseBytes: undefined,
    seconds: 0.012,
    session: 'abc',
  });
  assert.equal(parse('192.0.2.1 - 302 12')?.session, undefined);
  assert.equal(parse('192.0.2.1 abc 30 12'), undefined);
  assert.equal(parse('x 192.0.2.1 abc 302 12'), undefined);
});
