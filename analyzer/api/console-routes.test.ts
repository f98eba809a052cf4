import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import express from 'express';
import { type ConsoleAnswerOptions, createConsoleAnswerRoutes } from './console-routes.ts';

async function serve(t: TestContext, options: Partial<ConsoleAnswerOptions>) {
  const routes = createConsoleAnswerRoutes({
    links: () => ({ runbooks: 'http://r/docs', prometheus: undefined, grafana: undefined }),
    unavailable: () => [],
    verify: () => ({ entries: 0, head: '0', problem: undefined }),
    clock: () => 1_000,
    ...options,
  });
  const server = createServer(express().use(routes)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/`;
  return async (path: string) => (await fetch(url + path)).json() as Promise<unknown>;
}

test('addresses are told without the password that the analyzer uses itself', async (t) => {
  const get = await serve(t, {
    links: () => ({
      runbooks: 'http://r/docs',
      prometheus: 'http://guard:secret@prometheus:9090/',
      grafana: undefined,
    }),
  });
  assert.deepEqual(await get('links'), {
    runbooks: 'http://r/docs',
    prometheus: 'http://prometheus:9090/',
    grafana: null,
  });
});

test('what cannot be judged is told as it is', async (t) => {
  const absence = { what: 'forecast', signal: 'cpu', reason: 'gap', detail: 'no samples' };
  const get = await serve(t, { unavailable: () => [absence] });
  assert.deepEqual(await get('unavailable'), { unavailable: [absence] });
});

test('a chain that broke is told; it is checked anew only after a while', async (t) => {
  let now = 1_000;
  let problem: string | undefined;
  const get = await serve(t, {
    clock: () => now,
    verify: async () => ({ entries: 3, head: 'abc', problem }),
  });
  const holds = { entries: 3, head: 'abc', problem: null, checked: 1_000 };
  assert.deepEqual(await get('audit/verification'), holds);
  problem = 'entry 2 was changed after it was written';
  now = 1_005;
  assert.deepEqual(await get('audit/verification'), holds);
  now = 1_010;
  assert.deepEqual(await get('audit/verification'), { ...holds, problem, checked: 1_010 });
});
