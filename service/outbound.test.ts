import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { sendRequest } from './outbound.ts';

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const post = (signal: AbortSignal) => ({ method: 'POST', body: '{}', size: 1_000, signal });

test('a request that is over before it begins is rejected, is not sent and ends nothing else', async (t) => {
  const url = await serve(t, () => assert.fail('must not be asked'));
  const uncaught: Error[] = [];
  const collect = (error: Error) => void uncaught.push(error);
  process.on('uncaughtException', collect);
  t.after(() => process.off('uncaughtException', collect));
  await assert.rejects(sendRequest(url, post(AbortSignal.abort())), { name: 'AbortError' });
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
  assert.deepEqual(uncaught, []);
});

test('a redirected POST is an error, not a GET that nobody meant', async (t) => {
  const methods: (string | undefined)[] = [];
  const url = await serve(t, ({ method, url: path }, response) => {
    methods.push(method);
    response.writeHead(path === '/there' ? 200 : 302, { Location: '/there' }).end('[]');
  });
  await assert.rejects(sendRequest(url, post(AbortSignal.timeout(5_000))), /redirect/);
  assert.deepEqual(methods, ['POST']);
});

test('an answer beyond its bound is an error', async (t) => {
  const url = await serve(t, (_request, response) => void response.end('x'.repeat(2_000)));
  const response = await sendRequest(url, post(AbortSignal.timeout(5_000)));
  await assert.rejects(response.text(), /over limit/);
});

test('a request that is aborted under way is rejected', async (t) => {
  const stop = new AbortController();
  const url = await serve(t, () => stop.abort());
  await assert.rejects(sendRequest(url, post(stop.signal)), { name: 'AbortError' });
});
