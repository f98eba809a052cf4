import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { createHttpService, type HttpService } from './http-service.ts';
import { createLogger } from './log.ts';
import { SERVER_LIMITS } from './request-limits.ts';

const log = createLogger({ name: 'test', level: 'error', format: 'json' });
log.level = 'silent';
const MAX_CONNECTIONS = 4;
let service: HttpService;
let port = 0;

before(async () => {
  service = createHttpService({
    title: 'Test',
    description: '',
    listen: { host: '127.0.0.1', port: 0 },
    log,
    limits: {
      ...SERVER_LIMITS,
      maxConnections: MAX_CONNECTIONS,
      headersTimeout: 300,
      requestTimeout: 600,
      connectionsCheckingInterval: 50,
    },
    notReady: () => undefined,
    reload: async () => {},
    metrics: async () => 'a_total 1\n',
  });
  ({ port } = await service.start());
});
after(() => service.stop());

/** Everything the server answers until it closes the connection. */
function answerTo(text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk: Buffer) => {
      answer += chunk.toString();
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve(answer));
  });
}

const request = (line: string, ...headers: readonly string[]) =>
  `${[`${line} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`;
const statusOf = async (text: string) => (await answerTo(text)).split('\r\n')[0];

test('what a scrape sends is answered', async () => {
  assert.equal(await statusOf(request('GET /metrics')), 'HTTP/1.1 200 OK');
  const head = await answerTo(request('HEAD /metrics'));
  assert.match(head, /^HTTP\/1\.1 200 OK/);
  assert.doesNotMatch(head, /a_total/);
});

test('other methods are refused with the ones there are', async () => {
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE']) {
    for (const path of ['/metrics', '/', '/-/healthy', '/-/ready']) {
      const answer = await answerTo(request(`${method} ${path}`));
      assert.match(answer, /^HTTP\/1\.1 405 .*\r\nAllow: GET, HEAD\r\n/s, `${method} ${path}`);
      assert.doesNotMatch(answer, /a_total/);
    }
  }
});

const REFUSED: readonly (readonly [name: string, text: string, status: string])[] = [
  ['a long URL', request(`GET /metrics?${'x'.repeat(5_000)}`), '414 URI Too Long'],
  ['a huge URL', request(`GET /${'x'.repeat(20_000)}`), '431 Request Header Fields Too Large'],
  [
    'huge headers',
    request('GET /', `X-A: ${'x'.repeat(20_000)}`),
    '431 Request Header Fields Too Large',
  ],
  ['a body', `${request('GET /metrics', 'Content-Length: 5')}hello`, '413 Payload Too Large'],
  [
    'a chunked body',
    `${request('GET /', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    '413 Payload Too Large',
  ],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', '400 Bad Request'],
  ['what is not HTTP', 'hello\r\n\r\n', '400 Bad Request'],
  ['headers that never end', 'GET /metrics HTTP/1.1\r\nHost: x\r\nX-A', '408 Request Timeout'],
];

for (const [name, text, status] of REFUSED) {
  test(`refused: ${name}`, async () => {
    assert.equal(await statusOf(text), `HTTP/1.1 ${status}`);
  });
}

test('connections beyond the cap are closed, and the others go on', async () => {
  const idle: Socket[] = [];
  for (let index = 0; index < MAX_CONNECTIONS; index += 1) {
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    idle.push(socket);
  }
  assert.equal(await answerTo(request('GET /metrics')), '');
  for (const socket of idle) socket.destroy();
  await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  for (let tries = 0; tries < 100; tries += 1) {
    if ((await statusOf(request('GET /metrics'))) === 'HTTP/1.1 200 OK') return;
  }
  assert.fail('no connection is accepted any more');
});
