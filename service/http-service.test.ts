import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { Router } from 'express';
import { createHttpService, type HttpService, type ListenAddress } from './http-service.ts';
import { createLogger } from './log.ts';

const log = createLogger({ name: 'test', level: 'error', format: 'json' });
log.level = 'silent';
let reason: string | undefined = 'starting';
let reloads = 0;
const collected: (readonly string[])[] = [];
let service: HttpService;
let base: string;

before(async () => {
  service = createHttpService({
    title: 'Test service',
    description: 'for tests',
    listen: { host: '127.0.0.1', port: 0 },
    log,
    notReady: () => reason,
    reload: async () => {
      reloads += 1;
      if (reloads > 1) throw new Error('guard.yml:1: x: unknown key');
    },
    metrics: async ({ collect }) => {
      collected.push(collect);
      if (collect.includes('broken')) throw new Error('no such collector');
      return 'a_total 1\n';
    },
  });
  const address: ListenAddress = await service.start();
  base = `http://127.0.0.1:${address.port}`;
});
after(() => service.stop());

const get = async (path: string, init?: RequestInit) => {
  const response = await fetch(base + path, init);
  return { status: response.status, headers: response.headers, body: await response.text() };
};

test('readiness follows the app, health does not', async () => {
  assert.equal((await get('/-/healthy')).status, 200);
  assert.deepEqual(
    [(await get('/-/ready')).status, (await get('/-/ready')).body],
    [503, 'starting\n'],
  );
  reason = undefined;
  assert.equal((await get('/-/ready')).status, 200);
});

test('metrics are served as text format 0.0.4 and collect[] reaches the app', async () => {
  const { status, headers, body } = await get('/metrics?collect[]=cpu&collect[]=disk');
  assert.equal(status, 200);
  assert.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(body, 'a_total 1\n');
  assert.deepEqual(collected.at(-1), ['cpu', 'disk']);
});

test('a failed scrape is a 500 that says why', async () => {
  const { status, body } = await get('/metrics?collect[]=broken');
  assert.deepEqual([status, body], [500, 'Scrape failed: no such collector\n']);
});

test('reload wants POST and reports a bad configuration', async () => {
  assert.equal((await get('/-/reload')).status, 405);
  assert.equal((await get('/-/reload', { method: 'POST' })).status, 200);
  const failed = await get('/-/reload', { method: 'POST' });
  assert.equal(failed.status, 500);
  assert.match(failed.body, /the old configuration stays: guard\.yml:1: x: unknown key/);
});

test('the landing page links to the metrics, an unknown path is a 404, security headers are set', async () => {
  const page = await get('/');
  assert.match(page.body, /<a href="\/metrics">/);
  assert.ok(page.headers.get('content-security-policy'));
  assert.equal((await get('/nothing')).status, 404);
});

test('a port in use is named', async () => {
  const blocker = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => blocker.once('listening', resolve));
  const { port } = blocker.address() as { port: number };
  const second = createHttpService({
    title: '',
    description: '',
    listen: { host: '127.0.0.1', port },
    log,
    notReady: () => undefined,
    reload: async () => {},
    metrics: async () => '',
  });
  await assert.rejects(second.start(), new RegExp(`127\\.0\\.0\\.1:${port}: the port is in use`));
  blocker.close();
});

test('what a route cannot make out, or fails at, is told without its inside', async (t) => {
  const routes = Router();
  routes.get('/broken', () => {
    throw new Error('secret in file.ts');
  });
  routes.get('/named/:name', (_request, response) => void response.send('fine'));
  const own = createHttpService({
    ...{ title: 'T', description: 'd', listen: { host: '127.0.0.1', port: 0 }, log, routes },
    ...{ notReady: () => undefined, reload: async () => {}, metrics: async () => '' },
  });
  const { port } = await own.start();
  t.after(() => own.stop());
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return [response.status, response.headers.get('content-type'), await response.text()];
  };
  const type = 'text/plain; charset=utf-8';
  assert.deepEqual(await ask('/broken'), [500, type, 'Internal error\n']);
  assert.deepEqual((await ask('/named/%E0%A4%A')).slice(0, 2), [400, type]);
});
