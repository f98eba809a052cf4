import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../service/log.ts';
import { createApp } from './app.ts';

/** Answers every query with nothing, and counts them. */
async function emptyPrometheus(t: TestContext) {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    const data = { resultType: 'vector', result: [] };
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ status: 'success', data }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, asked: () => asked };
}

test('reloads at the same time leave one engine, and none after the end', async (t) => {
  const prometheus = await emptyPrometheus(t);
  const overrides = { prometheusUrl: prometheus.url, alertmanagerUrls: [], cycleInterval: 0.1 };
  const app = createApp(
    { configFile: undefined, overrides, listen: { host: '127.0.0.1', port: 0 } },
    {
      log: createLogger({ name: 'test', level: 'error', format: 'logfmt' }),
      clock: () => Date.now() / 1000,
    },
  );
  await app.start();
  const reloads = [app.reload?.(), app.reload?.(), app.reload?.()];
  await Promise.all([...reloads, app.stop()]);
  await app.reload?.();
  const before = prometheus.asked();
  assert.ok(before > 0);
  await sleep(500);
  assert.equal(prometheus.asked(), before);
});
