import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createCommandExecutor } from './command.ts';
import { createWebhookExecutor } from './webhook.ts';

const { signal } = new AbortController();

async function serve(context: TestContext, answer: (response: ServerResponse) => void) {
  const seen: { headers: IncomingHttpHeaders; body: string }[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`, seen };
}

const to = (url: string, timeoutSeconds = 5) => ({
  id: 'a1',
  host: 'web1',
  timeoutSeconds,
  parameters: { url, body: { unit: 'shop' } },
});

test('the body and its key are posted once, the dry run posts nothing', async (context) => {
  const { url, seen } = await serve(context, (response) => response.end('queued'));
  const executor = createWebhookExecutor([url]);
  assert.match(await executor.plan(to(`${url}/run`), signal), /"action_id":"a1"/);
  assert.equal(seen.length, 0);
  const outcome = await executor.run(to(`${url}/run`), signal);
  assert.deepEqual([outcome.result, outcome.output], ['done', 'HTTP 200\nqueued']);
  assert.deepEqual(JSON.parse(seen[0]!.body), { unit: 'shop', action_id: 'a1', host: 'web1' });
  assert.equal(seen[0]!.headers['idempotency-key'], 'a1');
});

test('only what was surely not done may be tried again', async (context) => {
  const statuses = [503, 500, 302];
  const { url, seen } = await serve(context, (response) => {
    response.writeHead(statuses[seen.length - 1] ?? 200, { Location: 'http://127.0.0.1:1/' });
    response.end();
  });
  const executor = createWebhookExecutor([url, 'http://127.0.0.1:1/']);
  assert.equal((await executor.run(to(url), signal)).result, 'retryable');
  assert.equal((await executor.run(to(url), signal)).result, 'permanent');
  assert.deepEqual(
    (await executor.run(to(url), signal)).reason,
    'no_answer',
    'no redirect is followed',
  );
  const closed = await executor.run(to('http://127.0.0.1:1/'), signal);
  assert.deepEqual([closed.result, closed.reason], ['retryable', 'not_sent']);
  const silent = await serve(context, () => {});
  const late = await createWebhookExecutor([silent.url]).run(to(silent.url, 0.2), signal);
  assert.deepEqual([late.result, late.reason], ['permanent', 'timeout']);
});

test('another address is not asked', async (context) => {
  const { url, seen } = await serve(context, (response) => response.end());
  for (const allowed of [[], [`${url}/other`], ['http://localhost/hooks'], [url.slice(0, -1)]]) {
    const outcome = await createWebhookExecutor(allowed).run(to(url), signal);
    assert.equal(outcome.reason, 'not_allowed', allowed.join());
  }
  assert.equal(seen.length, 0);
});

test('a command runs when its words are allowed, and its exit code counts', async () => {
  const node = process.execPath;
  const executor = createCommandExecutor([
    [node, '-e', '*'],
    [node, '--version'],
  ]);
  const run = (argv: readonly string[]) =>
    executor.run({ id: 'a', host: 'h', timeoutSeconds: 20, parameters: { argv } }, signal);
  assert.equal((await run([node, '-e', 'console.log(1)'])).output, '1\n');
  assert.equal((await run([node, '-e', 'process.exit(3)'])).reason, 'exit_code');
  assert.equal((await run([node, '-p', '1'])).reason, 'not_allowed');
  assert.equal(
    (
      await createCommandExecutor([['/no/program']]).run(
        { id: 'a', host: 'h', timeoutSeconds: 5, parameters: { argv: ['/no/program'] } },
        signal,
      )
    ).result,
    'retryable',
  );
  const parameters = { argv: [node, '-e', '0'], dry_run: [node, '--version'] };
  const text = await executor.plan({ id: 'a', host: 'h', timeoutSeconds: 20, parameters }, signal);
  assert.match(text, /Would run .*\n.*exits 0:\nv\d+/);
});

test('what is not below an allowed address is never asked', async (context) => {
  const { url, seen } = await serve(context, (response) => response.end());
  const { host, port } = new URL(url);
  const executor = createWebhookExecutor([url]);
  for (const other of [
    `${url}/../admin`,
    `${url}/%2e%2e/admin`,
    `${url}/..%2fadmin`,
    `${url}/..%5Cadmin`,
    `${url}\\..\\admin`,
    `${url}x`,
    `http://${host}/`,
    `http://localhost:${port}/hooks/run`,
    `http://[::1]:${port}/hooks/run`,
    `http://2130706433:1/hooks/run`,
    `http://${host}@evil.example/hooks/run`,
    `https://${host}/hooks/run`,
    'file:///etc/passwd',
    'http://169.254.169.254/latest/meta-data',
  ]) {
    await assert.rejects(executor.plan(to(other), signal), other);
    assert.notEqual((await executor.run(to(other), signal)).result, 'done', other);
  }
  assert.deepEqual(seen, []);
});
