import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createPrometheusClient } from './client.ts';
import { QueryError } from './querier.ts';

async function clientOf(t: TestContext, listener: RequestListener, timeoutMs = 2_000) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return createPrometheusClient({ url: `http://127.0.0.1:${port}`, timeoutMs });
}

const answer =
  (body: unknown, status = 200): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
const success = (resultType: string, result: unknown) =>
  answer({ status: 'success', data: { resultType, result } });
const kindOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error) => (error instanceof QueryError ? error.kind : String(error)),
  );

test('an instant vector becomes points with labels, time and value, infinities and NaN included', async (t) => {
  const client = await clientOf(
    t,
    success('vector', [
      { metric: { __name__: 'up', instance: 'a' }, value: [1000.5, '1'] },
      { metric: { instance: 'b' }, value: [1000.5, '+Inf'] },
      { metric: { instance: 'c' }, value: [1000.5, '-Inf'] },
      { metric: { instance: 'd' }, value: [1000.5, 'NaN'] },
    ]),
  );
  const points = await client.instant('up', 1000.5);
  assert.deepEqual(
    points.map(({ value }) => value),
    [1, Infinity, -Infinity, NaN],
  );
  assert.deepEqual(points[0], { labels: { instance: 'a' }, time: 1000.5, value: 1 });
});

test('a range vector lands on its grid and gaps are NaN', async (t) => {
  const client = await clientOf(
    t,
    success('matrix', [
      {
        metric: { group: 'x' },
        values: [
          [100, '1'],
          [120, '3'],
          [130, '+Inf'],
        ],
      },
    ]),
  );
  const [series] = await client.range('x', { from: 100, to: 130, step: 10 });
  assert.deepEqual([...series!.values], [1, NaN, 3, Infinity]);
  assert.deepEqual([series!.start, series!.step], [100, 10]);
});

test('each way to fail has its kind and names server and query', async (t) => {
  const check = async (listener: RequestListener, want: string, timeoutMs?: number) => {
    const client = await clientOf(t, listener, timeoutMs);
    assert.equal(await kindOf(client.instant('my_query', 1)), want);
  };
  await check(
    answer({ status: 'error', errorType: 'bad_data', error: 'parse error' }, 400),
    'rejected',
  );
  await check(answer({ status: 'error', error: 'overloaded' }, 503), 'unavailable');
  await check(answer({ status: 'error', error: 'slow down' }, 429), 'unavailable');
  await check(answer('<html>proxy</html>'), 'malformed');
  await check(answer('{"status":"succ'), 'malformed');
  await check(success('scalar', [1, '2']), 'rejected');
  await check(() => {}, 'timeout', 100);
  await check((_request, response) => response.destroy(), 'unavailable');
});

test('a server that is not there is unavailable, and the message tells what was asked of whom', async () => {
  const client = createPrometheusClient({ url: 'http://user:secret@127.0.0.1:1', timeoutMs: 500 });
  await assert.rejects(client.instant('my_query', 1), (error: Error) => {
    assert.match(error.message, /http:\/\/127\.0\.0\.1:1\/ failed: .*ECONNREFUSED.*: my_query/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});

test('more points than the server allows are refused before asking', async (t) => {
  const client = await clientOf(t, () => assert.fail('must not be asked'));
  assert.equal(await kindOf(client.range('x', { from: 0, to: 12_000, step: 1 })), 'rejected');
});

test('a query that is too long for an address is posted, with the same parameters', async (t) => {
  const asked: { method: string | undefined; form: URLSearchParams }[] = [];
  const client = await clientOf(t, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const address = new URL(request.url ?? '/', 'http://localhost');
    const body = Buffer.concat(chunks).toString();
    const form = new URLSearchParams(request.method === 'POST' ? body : address.search);
    asked.push({ method: request.method, form });
    const resultType = address.pathname.endsWith('_range') ? 'matrix' : 'vector';
    await success(resultType, [])(request, response);
  });
  const long = `up{instance=~"${'host|'.repeat(2_000)}"}`;
  for (const promql of ['up', long]) {
    await client.instant(promql, 1000.5);
    await client.range(promql, { from: 100, to: 130, step: 10 });
  }
  assert.deepEqual(
    asked.map(({ method }) => method),
    ['GET', 'GET', 'POST', 'POST'],
  );
  for (const index of [0, 1]) {
    const [short, posted] = [asked[index]!.form, asked[index + 2]!.form];
    assert.equal(posted.get('query'), long);
    for (const form of [short, posted]) form.delete('query');
    assert.equal(String(posted), String(short));
  }
});
