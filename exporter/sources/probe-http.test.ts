import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createTcpServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { HttpTarget } from './probe-http.ts';
import { createProbeRunner } from './probe-run.ts';
import { closedPort, createCertificate, listen } from './probe-servers.contract.ts';

const run = createProbeRunner();
const never = new AbortController().signal;
const httpTarget = (url: string, rest: Partial<HttpTarget> = {}): HttpTarget => ({
  kind: 'http',
  url,
  method: 'GET',
  expectedStatus: undefined,
  headers: {},
  bearerTokenFile: undefined,
  bodyLimitBytes: 1000,
  maxRedirects: 0,
  tls: { caFile: undefined, insecureSkipVerify: false, serverName: undefined },
  ...rest,
});

async function serve(t: TestContext, answer: RequestListener) {
  const port = await listen(t, createServer(answer));
  const probe = (path: string, rest: Partial<HttpTarget> = {}, timeoutSeconds = 10) =>
    run(httpTarget(`http://127.0.0.1:${port}${path}`, rest), timeoutSeconds, never);
  return { port, probe };
}

test('200 is a success, 500 is not unless it is expected', async (t) => {
  const { probe } = await serve(t, ({ url }, response) => {
    response.statusCode = Number(url?.slice(1).split('?')[0]);
    response.end('body');
  });
  const good = await probe('/200');
  assert.deepEqual([good.failure, good.statusCode], [undefined, 200]);
  assert.deepEqual([...good.seconds.keys()], ['connect', 'first_byte', 'total']);
  assert.equal(good.certificateExpirySeconds, undefined);
  assert.equal((await probe('/204')).failure, undefined);

  const bad = await probe('/500?token=secret');
  assert.deepEqual([bad.failure?.reason, bad.statusCode], ['status', 500]);
  assert.match(bad.failure?.message ?? '', /^http:\/\/127\.0\.0\.1:\d+\/500 answered 500$/);
  assert.equal((await probe('/500', { expectedStatus: [200, 500] })).failure, undefined);
  assert.equal((await probe('/200', { expectedStatus: [204] })).failure?.reason, 'status');
  assert.equal((await probe('/302')).failure?.reason, 'status');
  assert.equal((await probe('/200', { method: 'HEAD' })).failure, undefined);
});

test('the phase of a time-out is told', async (t) => {
  const { probe } = await serve(t, ({ url }, response) => {
    if (url === '/never') return;
    response.write('the beginning');
  });
  const noAnswer = await probe('/never', {}, 0.2);
  assert.deepEqual(noAnswer.failure, {
    reason: 'timeout',
    message: 'Not done within 0.2 s, in phase first_byte',
  });
  assert.deepEqual([...noAnswer.seconds.keys()], ['connect', 'total']);
  const noEnd = await probe('/no-end', {}, 0.2);
  assert.equal(noEnd.failure?.message, 'Not done within 0.2 s, in phase body');
  assert.deepEqual([...noEnd.seconds.keys()], ['connect', 'first_byte', 'total']);
  assert.equal(noEnd.statusCode, 200);
});

test('a first byte that comes late is in its phase', async (t) => {
  const { probe } = await serve(t, (_request, response) => {
    setTimeout(() => response.end('late'), 60);
  });
  const { failure, seconds } = await probe('/');
  assert.equal(failure, undefined);
  assert.ok((seconds.get('first_byte') ?? 0) > (seconds.get('connect') ?? 1));
  assert.ok((seconds.get('total') ?? 0) >= (seconds.get('first_byte') ?? 1));
});

test('an endless body is cut at the limit, one that breaks off is a reset', async (t) => {
  const { probe } = await serve(t, ({ url }, response) => {
    if (url === '/broken') {
      response.writeHead(200, { 'content-length': 500 });
      response.write('x', () => response.destroy());
      return;
    }
    const chunk = Buffer.alloc(url === '/exact' ? 1000 : 4096);
    const more = () => {
      while (!response.destroyed && response.write(chunk));
      response.once('drain', more);
    };
    if (url === '/exact') response.end(chunk);
    else more();
  });
  const endless = await probe('/');
  assert.deepEqual(endless.failure, { reason: 'body', message: 'The body exceeds 1000 bytes' });
  assert.equal((await probe('/exact')).failure, undefined);
  assert.equal((await probe('/broken')).failure?.reason, 'reset');
});

test('what is no HTTP, and what hangs up, is told apart', async (t) => {
  const check = async (answer: string, want: string) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(answer));
    });
    const port = await listen(t, server);
    const { failure } = await run(httpTarget(`http://127.0.0.1:${port}`), 10, never);
    assert.equal(failure?.reason, want, `${answer}: ${failure?.message}`);
  };
  await check('SSH-2.0-OpenSSH_9.2\r\n', 'protocol');
  await check('', 'reset');
  await check(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`, 'protocol');
  await check(
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    'protocol',
  );
  const refused = await run(
    httpTarget(`http://127.0.0.1:${await closedPort(createTcpServer())}/?password=secret`),
    10,
    never,
  );
  assert.equal(refused.failure?.reason, 'refused');
  assert.doesNotMatch(refused.failure?.message ?? '', /secret/);
});

test('headers and the token of a file are sent, and no connection is kept', async (t) => {
  const seen: string[] = [];
  const { port, probe } = await serve(t, ({ headers }, response) => {
    const { host, accept, authorization, connection } = headers;
    seen.push([host, accept, authorization, connection].join(' | '));
    response.end();
  });
  const { certFile: file } = createCertificate(t);
  writeFileSync(file, 'abc\n');
  const good = await probe('/', { headers: { accept: 'text/plain' }, bearerTokenFile: file });
  assert.equal(good.failure, undefined);
  assert.deepEqual(seen, [`127.0.0.1:${port} | text/plain | Bearer abc | close`]);
  writeFileSync(file, 'two\nlines\n');
  assert.equal((await probe('/', { bearerTokenFile: file })).failure?.reason, 'local');
  assert.equal((await probe('/', { bearerTokenFile: `${file}.absent` })).failure?.reason, 'local');
  writeFileSync(file, 'x'.repeat(1024 * 1024 + 1));
  const large = await probe('/', { bearerTokenFile: file });
  assert.match(large.failure?.message ?? '', /larger than 1048576 bytes/);
  assert.equal(seen.length, 1);
});

test('redirects are followed as often as wanted, and credentials stay at their origin', async (t) => {
  const seen: string[] = [];
  const other = await serve(t, ({ headers }, response) => {
    seen.push(`other ${headers.authorization}`);
    response.end();
  });
  const { probe } = await serve(t, ({ url = '', headers }, response) => {
    seen.push(`${url} ${headers.authorization}`);
    const next: Readonly<Record<string, string>> = {
      '/1': '/2',
      '/2': '/end',
      '/loop': '/loop',
      '/away': `http://127.0.0.1:${other.port}/`,
      '/ftp': 'ftp://127.0.0.1/',
    };
    const location = next[url];
    if (location !== undefined) response.writeHead(302, { location });
    response.end();
  });
  const headers = { authorization: 'secret' };
  assert.equal((await probe('/1', { headers, maxRedirects: 2 })).failure, undefined);
  assert.deepEqual(seen.splice(0), ['/1 secret', '/2 secret', '/end secret']);
  assert.equal((await probe('/away', { headers, maxRedirects: 1 })).failure, undefined);
  assert.deepEqual(seen.splice(0), ['/away secret', 'other undefined']);
  assert.equal((await probe('/1', { maxRedirects: 1 })).failure?.reason, 'redirect');
  assert.equal(
    (await probe('/loop', { maxRedirects: 10 })).failure?.message,
    'More than 10 redirects',
  );
  assert.equal((await probe('/ftp', { maxRedirects: 1 })).failure?.reason, 'redirect');
  assert.equal((await probe('/1', { expectedStatus: [302], maxRedirects: 5 })).statusCode, 302);
});

test('HTTPS: phases and expiry; an untrusted server gets not a byte of the request', async (t) => {
  const { key, cert, certFile, expirySeconds } = createCertificate(t);
  let requests = 0;
  const server = createSecureServer({ key, cert }, ({ url }, response) => {
    requests += 1;
    if (url === '/down') response.writeHead(302, { location: 'http://127.0.0.1:1/' });
    response.end('ok');
  });
  const port = await listen(t, server);
  const probe = (path: string, rest: Partial<HttpTarget>) =>
    run(httpTarget(`https://localhost:${port}${path}`, rest), 10, never);
  const tls = { caFile: certFile, insecureSkipVerify: false, serverName: undefined };

  const trusted = await probe('/', { tls });
  assert.equal(trusted.failure, undefined);
  assert.deepEqual([...trusted.seconds.keys()], ['dns', 'connect', 'tls', 'first_byte', 'total']);
  assert.equal(trusted.certificateExpirySeconds, expirySeconds);
  assert.equal(requests, 1);

  const untrusted = await probe('/', { headers: { authorization: 'secret' } });
  assert.equal(untrusted.failure?.reason, 'tls');
  assert.equal(untrusted.certificateExpirySeconds, expirySeconds);
  assert.equal(requests, 1);

  const down = await probe('/down', { tls, maxRedirects: 1 });
  assert.match(down.failure?.message ?? '', /from https to http$/);
});
