import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { QueryError } from '../prometheus/querier.ts';
import { createQueryThread } from './query-thread.ts';

async function threadOf(t: TestContext, listener: RequestListener, timeoutMs = 5_000) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const thread = createQueryThread({ url: `http://127.0.0.1:${port}`, timeoutMs });
  t.after(async () => {
    await thread.close();
    server.closeAllConnections();
    server.close();
  });
  return thread;
}

const answer =
  (resultType: string, result: unknown): RequestListener =>
  (_request, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ status: 'success', data: { resultType, result } }));
  };
const isError = (kind: string, message: RegExp) => (error: unknown) =>
  error instanceof QueryError && error.kind === kind && message.test(error.message);

test('points come through the thread with labels, time and value', async (t) => {
  const points = [
    { metric: { __name__: 'up', instance: 'a "b"' }, value: [1000.5, '+Inf'] },
    { metric: { instance: 'c' }, value: [1000.5, 'NaN'] },
  ];
  const thread = await threadOf(t, answer('vector', points));
  assert.deepEqual(await thread.instant('up', 1000), [
    { labels: { instance: 'a "b"' }, time: 1000.5, value: Number.POSITIVE_INFINITY },
    { labels: { instance: 'c' }, time: 1000.5, value: Number.NaN },
  ]);
});

test('series come through the thread on their grid, each with its own values', async (t) => {
  const series = [
    {
      metric: { group: 'x' },
      values: [
        [100, '1'],
        [120, '3'],
      ],
    },
    { metric: { group: 'y' }, values: [[110, '7']] },
  ];
  const thread = await threadOf(t, answer('matrix', series));
  const [x, y] = await thread.range('load', { from: 100, to: 120, step: 10 });
  assert.deepEqual([x?.labels, x?.start, x?.step], [{ group: 'x' }, 100, 10]);
  assert.deepEqual([...(x?.values ?? [])], [1, Number.NaN, 3]);
  assert.deepEqual([...(y?.values ?? [])], [Number.NaN, 7, Number.NaN]);
});

test('nothing is an empty list', async (t) => {
  const points = await threadOf(t, answer('vector', []));
  assert.deepEqual(await points.instant('up', 1000), []);
  const series = await threadOf(t, answer('matrix', []));
  assert.deepEqual(await series.range('up', { from: 100, to: 110, step: 5 }), []);
});

test('a query that fails is the same error as without a thread', async (t) => {
  const rejecting = await threadOf(t, (_request, response) => {
    response.writeHead(400, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ status: 'error', errorType: 'bad_data', error: 'parse error' }));
  });
  await assert.rejects(rejecting.instant('a b', 0), isError('rejected', /parse error.*a b/));
  const silent = await threadOf(t, () => {}, 100);
  await assert.rejects(silent.instant('up', 0), isError('timeout', /up/));
});

test('a closed thread answers with an error, not never', async (t) => {
  const thread = await threadOf(t, () => {});
  const open = assert.rejects(thread.instant('up', 0), isError('unavailable', /thread failed/));
  await new Promise((resolve) => setTimeout(resolve, 300));
  await thread.close();
  await open;
});

test('a thread that cannot be started costs the question, not a minute', async (t) => {
  const options = { url: 'http://127.0.0.1:1', timeoutMs: 60_000 };
  const thread = createQueryThread(
    options,
    () => {},
    new URL('./no-such-worker.ts', import.meta.url),
  );
  t.after(() => thread.close());
  await assert.rejects(
    thread.instant('up', 1),
    isError('unavailable', /The query thread failed: .*no-such-worker/),
  );
});

test('what the server says beside its answer comes through the thread', async (t) => {
  const server = createServer((_request, response) => {
    const data = { resultType: 'vector', result: [] };
    response.end(JSON.stringify({ status: 'success', warnings: ['store a is away'], data }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const told: unknown[] = [];
  const thread = createQueryThread(
    { url: `http://127.0.0.1:${port}`, timeoutMs: 30_000 },
    (promql, { warnings }) => told.push([promql, warnings]),
  );
  t.after(async () => {
    await thread.close();
    server.closeAllConnections();
    server.close();
  });
  await thread.instant('up', 1);
  assert.deepEqual(told, [['up', ['store a is away']]]);
});
