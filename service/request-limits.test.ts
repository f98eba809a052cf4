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

const LARGE_BYTES = 50 * 1024 * 1024;

/** Sends until everything is sent or the other side has had enough. */
function flood(head: string): Promise<string> {
  return new Promise((resolve) => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    let left = LARGE_BYTES;
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(head);
      send();
    });
    const send = (): void => {
      while (left > 0 && !socket.destroyed) {
        left -= chunk.length;
        if (!socket.write(chunk)) {
          socket.once('drain', send);
          return;
        }
      }
      socket.end();
    };
    socket.on('data', (data: Buffer) => {
      answer += data.toString();
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve(answer));
  });
}

test('a body of 50 MB is refused or passed over, and never kept', async () => {
  const length = `Content-Length: ${LARGE_BYTES}`;
  for (const [line, want] of [
    ['GET /metrics', /^HTTP\/1\.1 413 /],
    ['POST /metrics', /^HTTP\/1\.1 405 /],
    ['POST /-/reload', /^HTTP\/1\.1 200 /],
    ['PUT /nothing', /^HTTP\/1\.1 405 /],
  ] as const) {
    const before = process.memoryUsage().arrayBuffers;
    // Who still sends when the connection is closed may lose the answer to a reset, as RFC 9112, 9.6 warns.
    const answer = await flood(request(line, length));
    assert.ok(answer === '' || want.test(answer), `${line}: ${answer.slice(0, 40)}`);
    const kept = process.memoryUsage().arrayBuffers - before;
    assert.ok(kept < LARGE_BYTES / 2, `${line}: ${kept} bytes`);
  }
  assert.equal(await statusOf(request('GET /metrics')), 'HTTP/1.1 200 OK');
});

test('a body that dribbles does not hold its connection', async () => {
  for (const line of ['POST /-/reload', 'POST /nothing', 'GET /metrics']) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.resume();
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(`${line} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n`);
    const dribble = setInterval(() => socket.write('x'), 50);
    await closed;
    clearInterval(dribble);
  }
});

test('a page of somebody else cannot reload', async () => {
  const reload = (...headers: readonly string[]) =>
    statusOf(request('POST /-/reload', 'Content-Length: 0', ...headers));
  assert.equal(await reload(), 'HTTP/1.1 200 OK');
  assert.equal(await reload('Origin: http://localhost'), 'HTTP/1.1 200 OK');
  assert.equal(await reload('Origin: http://evil.example'), 'HTTP/1.1 403 Forbidden');
  assert.equal(await reload('Sec-Fetch-Site: cross-site'), 'HTTP/1.1 403 Forbidden');
});

const METRICS = 'HTTP/1.1 200 OK';
/** As proxies and tools write what is asked for: nothing of it may end in a 500. */
const TARGETS: readonly (readonly [target: string, status: RegExp])[] = [
  ['http://localhost/metrics', new RegExp(METRICS)],
  ['http://a:b@localhost/metrics', /200|400/],
  ['http://[/metrics', /^HTTP\/1\.1 4\d\d/],
  ['http://a:99999/metrics', /^HTTP\/1\.1 (200|4\d\d)/],
  ['//metrics', /^HTTP\/1\.1 4\d\d/],
  ['/metrics?%', /^HTTP\/1\.1 (200|4\d\d)/],
  ['/%', /^HTTP\/1\.1 4\d\d/],
  ['/%00', /^HTTP\/1\.1 4\d\d/],
  ['/..%2f..%2fetc/passwd', /^HTTP\/1\.1 404/],
  ['/metrics;a', /^HTTP\/1\.1 404/],
  ['*', /^HTTP\/1\.1 4\d\d/],
];
for (const [target, want] of TARGETS)
  test(`an odd target is answered as a mistake of the client: ${target}`, async () => {
    assert.match((await statusOf(request(`GET ${target}`))) ?? '', want);
  });

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
