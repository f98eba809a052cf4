import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { listContainers, parseContainers } from './container-runtime.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-docker-'));
const servers: Server[] = [];
const ID = 'a'.repeat(64);
const ANSWER = [
  {
    Id: ID,
    Names: ['/web', '/proxy/web-alias'],
    Image: 'nginx:1.27',
    ImageID: 'sha256:1',
    Command: 'nginx --password=secret',
    State: 'running',
    Labels: { secret: 'x' },
  },
  { Id: 'b'.repeat(64), Names: null, Image: 'sha256:2' },
];

after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  const socketPath = join(folder, `${servers.length}.sock`);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return socketPath;
}

const list = (socketPath: string) => listContainers({ socketPath, timeoutMs: 500 });

test('names without their slash, and images; nothing else is kept', async () => {
  const asked: (string | undefined)[] = [];
  const socketPath = await serve((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end(JSON.stringify(ANSWER));
  });
  assert.deepEqual(await list(socketPath), [
    { id: ID, names: ['web', 'proxy/web-alias'], image: 'nginx:1.27' },
    { id: 'b'.repeat(64), names: [], image: 'sha256:2' },
  ]);
  assert.deepEqual(asked, ['GET /containers/json']);
});

test('nobody listens there', async () => {
  const socketPath = join(folder, 'none.sock');
  await assert.rejects(list(socketPath), { name: 'NoDataError', reason: 'not_found' });
});

test('a socket for others only', async (context) => {
  if (process.getuid?.() === 0) return context.skip('root may read everything');
  const socketPath = await serve((_request, response) => response.end('[]'));
  chmodSync(socketPath, 0);
  await assert.rejects(list(socketPath), { reason: 'permission_denied' });
});

test('no answer', async () => {
  const socketPath = await serve(() => {});
  await assert.rejects(list(socketPath), { reason: 'timeout', message: /within 500 ms/ });
});

test('half an answer', async () => {
  const socketPath = await serve((_request, response) => void response.write('[{"Id"'));
  await assert.rejects(list(socketPath), { reason: 'timeout' });
});

test('a connection that breaks', async () => {
  const socketPath = await serve((request) => void request.socket.destroy());
  await assert.rejects(list(socketPath), {
    reason: 'failed',
    message: /GET \/containers\/json on /,
  });
});

test('an answer without end', async () => {
  const socketPath = await serve((_request, response) => {
    const chunk = Buffer.alloc(1024 * 1024, ' ');
    const write = () => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', write);
    write();
  });
  await assert.rejects(listContainers({ socketPath, timeoutMs: 10_000 }), {
    message: /larger than 16777216 bytes/,
  });
});

test('an error of the runtime', async () => {
  const socketPath = await serve((_request, response) => response.writeHead(500).end('{}'));
  await assert.rejects(list(socketPath), { reason: 'failed', message: /answered 500/ });
});

test('what is no list of containers', () => {
  for (const text of [
    '',
    '{',
    '{}',
    'null',
    '[1]',
    '[{"Id":"x"}]',
    `[{"Id":"${ID}","Names":"x"}]`,
  ]) {
    assert.throws(() => parseContainers(text, 'GET x'), { reason: 'bad_answer' }, text);
  }
  assert.deepEqual(parseContainers('[]', 'GET x'), []);
});

test('texts and their number are bounded', () => {
  const many = Array.from({ length: 6000 }, () => ({
    Id: ID,
    Names: Array.from({ length: 20 }, () => `/${'n'.repeat(1000)}`),
    Image: 'i'.repeat(1000),
  }));
  const found = parseContainers(JSON.stringify(many), 'GET x');
  assert.equal(found.length, 5000);
  assert.deepEqual([found[0]?.names.length, found[0]?.names[0]?.length], [8, 256]);
  assert.equal(found[0]?.image.length, 256);
});
