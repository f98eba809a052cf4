import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import express from 'express';
import { createEventRoutes, type EventRouteOptions, MAX_WATCHERS } from './events.ts';

const CLOCK = () => 1_700_000_000;

async function serve(t: TestContext, options: Partial<EventRouteOptions>): Promise<string> {
  const routes = createEventRoutes({ topics: () => ({}), clock: CLOCK, lookMs: 10, ...options });
  const server = createServer(express().use(routes)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/events`;
}

/** Reads on until all of it has come. */
async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  pattern: RegExp,
): Promise<string> {
  let text = '';
  while (!pattern.test(text)) {
    const { value, done } = await reader.read();
    assert.equal(done, false, `ended after: ${text}`);
    text += Buffer.from(value!).toString();
  }
  return text;
}

async function watch(url: string) {
  const abort = new AbortController();
  const response = await fetch(url, { signal: abort.signal });
  return { response, reader: response.body!.getReader(), end: () => abort.abort() };
}

test('a watcher is greeted and hears the names of what has changed, and nothing else', async (t) => {
  const now = { findings: 1, actions: 1 as number | undefined };
  let asked = 0;
  const url = await serve(t, {
    topics: async () => {
      asked += 1;
      return { ...now };
    },
  });
  assert.equal(asked, 0, 'nobody watches, nobody looks');
  const { response, reader, end } = await watch(url);
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  assert.equal(response.headers.get('cache-control'), 'no-store');
  assert.match(await readUntil(reader, /hello.*\n.*\n/), /^retry: 2000\nevent: hello\ndata: 17/);
  while (asked < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  now.findings = 2;
  assert.equal(await readUntil(reader, /\n\n/), 'event: changed\ndata: ["findings"]\n\n');
  now.findings = 3;
  now.actions = undefined;
  assert.match(await readUntil(reader, /actions/), /\["findings","actions"\]|\["actions"\]/);
  end();
});

test('a store that cannot answer ends nothing, and the change is told later', async (t) => {
  let mode: 'ok' | 'broken' = 'ok';
  let value = 1;
  let asked = 0;
  const url = await serve(t, {
    topics: () => {
      asked += 1;
      if (mode === 'broken') throw new Error('locked');
      return { actions: value };
    },
  });
  const { reader, end } = await watch(url);
  await readUntil(reader, /hello/);
  const until = async (count: number) => {
    while (asked < count) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  await until(2);
  mode = 'broken';
  value = 2;
  await until(asked + 3);
  mode = 'ok';
  await readUntil(reader, /\["actions"\]/);
  end();
});

test('a quiet connection beats', async (t) => {
  const { reader, end } = await watch(await serve(t, { beatMs: 10 }));
  await readUntil(reader, /event: beat\ndata: 1700000000\n\nevent: beat/);
  end();
});

test('beyond the limit a client is told to come back; a place that is left is free again', async (t) => {
  const url = await serve(t, {});
  const all = await Promise.all(Array.from({ length: MAX_WATCHERS }, () => watch(url)));
  const refused = await fetch(url);
  assert.equal(refused.status, 503);
  assert.equal(refused.headers.get('retry-after'), '10');
  assert.match(await refused.text(), /64 clients watch already/);
  all[0]?.end();
  let status = 503;
  while (status === 503) {
    const next = await watch(url);
    status = next.response.status;
    next.end();
  }
  assert.equal(status, 200);
  for (const { end } of all) end();
});
