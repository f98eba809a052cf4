import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, test } from 'node:test';
import express from 'express';
import { createLogger } from '../service/log.ts';
import { createProfile } from './collectors/perf/profile.ts';
import type { PerfProfiler, ProfileRequest } from './collectors/perf/profiler.ts';
import { createFlamegraphRoutes } from './flamegraph.ts';
import { NoDataError } from './sources/no-data.ts';
import { PerfBusyError } from './sources/perf-record.ts';

const log = createLogger({ name: 'test', level: 'error', format: 'json' });
log.level = 'silent';
let server: Server | undefined;
afterEach(() => server?.close());

/** A profiler that knows one group, shop, with two processes, and finds one hot function. */
function fakeProfiler(record?: PerfProfiler['record']) {
  const requests: ProfileRequest[] = [];
  const profiler: PerfProfiler = {
    async readCpu(group) {
      const cpu = { group: 'shop', cpuSeconds: 1, startTicks: 1 };
      return group === 'shop' ? new Map([7, 8].map((pid) => [pid, cpu])) : new Map();
    },
    async record(request, signal) {
      requests.push(request);
      if (record !== undefined) return record(request, signal);
      const profile = createProfile();
      const frames = [{ symbol: 'hot', object: '/bin/shop' }];
      for (let index = 0; index < 3; index += 1) profile.add({ comm: 'shop', pid: 7, frames });
      return new Map([['shop', profile]]);
    },
    childCpuSeconds: () => 0,
  };
  return { requests, profiler };
}

async function serve(profiler: PerfProfiler, enabled = true): Promise<string> {
  const routes = createFlamegraphRoutes({ profiler, enabled: () => enabled, log });
  const started = createServer(express().use(routes));
  server = started;
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(started.address() as AddressInfo).port}/debug/flamegraph`;
}

async function get(url: string, init?: RequestInit) {
  const { status, headers, body } = await fetch(url, init).then(async (response) => ({
    status: response.status,
    headers: response.headers,
    body: await response.text(),
  }));
  return { status, headers, body };
}

test('folded stacks of a group', async () => {
  const { requests, profiler } = fakeProfiler();
  const url = await serve(profiler);
  const { status, headers, body } = await get(`${url}?group=shop&seconds=2&format=folded`);
  assert.deepEqual([status, body], [200, 'shop;hot 3\n']);
  assert.match(headers.get('content-type') ?? '', /^text\/plain/);
  assert.deepEqual(
    requests.map(({ groups, seconds }) => [[...groups.keys()], seconds]),
    [[[7, 8], 2]],
  );
});

test('a page under a policy that lets nothing but its own script run, with a new nonce each time', async () => {
  const url = await serve(fakeProfiler().profiler);
  const nonces = new Set<string>();
  for (let turn = 0; turn < 2; turn += 1) {
    const { status, headers, body } = await get(`${url}?group=shop`);
    assert.equal(status, 200);
    assert.equal(headers.get('cache-control'), 'no-store');
    const [, nonce = ''] =
      /script-src 'nonce-([^']+)'/.exec(headers.get('content-security-policy') ?? '') ?? [];
    assert.ok(nonce.length > 20 && body.includes(`<script nonce="${nonce}"`));
    nonces.add(nonce);
  }
  assert.equal(nonces.size, 2);
});

test('while it is off nothing is recorded, and the answer says how to switch it on', async () => {
  const { requests, profiler } = fakeProfiler();
  const { status, body } = await get(`${await serve(profiler, false)}?group=shop`);
  assert.equal(status, 403);
  assert.match(body, /perf\.record\.enabled .*--web\.enable-debug/);
  assert.deepEqual(requests, []);
});

test('what cannot be asked is refused with how to ask', async () => {
  const { requests, profiler } = fakeProfiler();
  const url = await serve(profiler);
  const check = async (query: string, want: RegExp) => {
    const { status, body } = await get(`${url}${query}`);
    assert.equal(status, 400, query);
    assert.match(body, want);
    assert.match(body, /Ask for \/debug\/flamegraph\?group=/);
  };
  await check('', /^group: /);
  await check('?group=', /^group: /);
  await check('?group=shop&group=db', /^group: /);
  await check(`?group=${'x'.repeat(501)}`, /^group: /);
  await check('?group=shop&seconds=31', /^seconds: /);
  await check('?group=shop&seconds=0', /^seconds: /);
  await check('?group=shop&seconds=abc', /^seconds: /);
  await check('?group=shop&format=svg', /^format: /);
  assert.equal((await get(`${url}?group=shop`, { method: 'HEAD' })).status, 405);
  assert.deepEqual(requests, []);
});

test('an unknown group, a busy perf, a missing permission and a failure each have their status', async () => {
  const check = async (error: Error, status: number, want: RegExp) => {
    const url = await serve(fakeProfiler(() => Promise.reject(error)).profiler);
    const answer = await get(`${url}?group=shop`);
    assert.equal(answer.status, status);
    assert.match(answer.body, want);
    server?.close();
    return answer;
  };
  const busy = await check(new PerfBusyError(), 429, /one at a time/);
  assert.equal(busy.headers.get('retry-after'), '30');
  await check(new NoDataError('permission_denied', 'set it'), 503, /^permission_denied: set it$/m);
  await check(new Error('broken'), 500, /Cannot record: broken/);
  const unknown = await get(`${await serve(fakeProfiler().profiler)}?group=%3Cnobody%3E`);
  assert.equal(unknown.status, 404);
  assert.match(unknown.headers.get('content-type') ?? '', /^text\/plain/);
  assert.match(unknown.body, /No process of a group "<nobody>" runs here/);
});

test('an idle group has no samples, which is an answer', async () => {
  const url = await serve(fakeProfiler(async () => new Map()).profiler);
  assert.deepEqual((await get(`${url}?group=shop&format=folded`)).body, '');
  assert.match((await get(`${url}?group=shop`)).body, /No samples/);
});

test('when the client goes away the recording ends', async () => {
  const recording = Promise.withResolvers<AbortSignal>();
  const { profiler } = fakeProfiler((_request, signal) => {
    recording.resolve(signal);
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason));
    });
  });
  const client = new AbortController();
  const url = await serve(profiler);
  const refused = assert.rejects(get(`${url}?group=shop`, { signal: client.signal }), {
    name: 'AbortError',
  });
  const signal = await recording.promise;
  const ended = new Promise((resolve) => signal.addEventListener('abort', resolve));
  client.abort();
  await ended;
  await refused;
});
