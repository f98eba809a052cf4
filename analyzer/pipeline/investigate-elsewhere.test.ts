// Journal: real programs as children. Traces: a server that speaks the documented APIs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import type { Finding } from '../series/finding.ts';
import { createJournal } from './investigate-journal.ts';
import { createTraces, type TracesOptions } from './investigate-traces.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-elsewhere-'));
after(() => rmSync(folder, { recursive: true }));
const finding: Finding = {
  ...{ kind: 'lock_contention', score: 0.9, confidence: 0.9, severity: 'warning', state: 'firing' },
  ...{ evidence: [], suggestions: [], since: 1_700_000_000.7, changed: 1_700_000_010 },
  subject: { job: 'guard', instance: 'a:10910', group: 'shop' },
};
const identity = { hostname: 'alpha', unit: 'shop.service' };

function journalOf(script: string, options: { lines?: number; timeoutMs?: number } = {}) {
  const command = join(folder, `journal-${Math.abs(hash(script))}`);
  writeFileSync(command, `#!/bin/sh\n${script}\n`);
  chmodSync(command, 0o755);
  return createJournal({ command, arguments: ['--merge'], lines: 5, timeoutMs: 5_000, ...options });
}
const hash = (text: string) =>
  [...text].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) | 0, 7);
const line = (message: unknown) =>
  `printf '%s\\n' '${JSON.stringify({ MESSAGE: message, SYSLOG_IDENTIFIER: 'shop' })}'`;

test('lines of the same text are one hint, the most frequent first; the command line shows them', async () => {
  const journal = journalOf(
    [
      line('pool\tis full'),
      line('slow query'),
      line('pool\tis full'),
      line([1, 2]),
      'echo no json',
    ].join('\n'),
  );
  const hints = await journal.ask({ finding, identity });
  assert.deepEqual(
    hints.map(({ text, source, promql }) => [text, source, promql]),
    [
      ['logged around the onset, 2 times: shop: pool is full', 'journal', ''],
      ['logged around the onset: shop: slow query', 'journal', ''],
    ],
  );
  assert.match(
    hints[0]?.shownBy ?? '',
    /--merge .*--since=@1699999880 --until=@1700000060 _HOSTNAME=alpha _SYSTEMD_UNIT=shop\.service$/,
  );
});

test('arguments reach the program as they are: no shell sees a label', async () => {
  const journal = journalOf(`for last; do :; done; printf '{"MESSAGE":"%s"}\\n' "$last"`);
  const evil = { hostname: 'alpha', unit: '$(touch x);`y`' };
  const [hint] = await journal.ask({ finding, identity: evil });
  assert.match(hint?.text ?? '', /_SYSTEMD_UNIT=\$\(touch x\);`y`$/);
});

test('without a unit the command is asked for, and without a host name nothing is', async () => {
  const journal = journalOf(`for last; do :; done; printf '{"MESSAGE":"%s"}\\n' "$last"`);
  const [hint] = await journal.ask({ finding, identity: { hostname: 'alpha' } });
  assert.match(hint?.text ?? '', /_COMM=shop$/);
  await assert.rejects(journal.ask({ finding, identity: {} }), /host name of a:10910 is not known/);
});

test('what hangs, fails, or talks too much ends', async () => {
  const ask = (script: string, timeoutMs = 5_000) =>
    journalOf(script, { timeoutMs }).ask({ finding, identity });
  await assert.rejects(ask('exec sleep 30', 200), /no answer within 200 ms/);
  await assert.rejects(ask('echo "No permission" >&2; exit 1'), /failed: No permission/);
  const flood = await ask(`${line('x')}; exec yes '${JSON.stringify({ MESSAGE: 'again' })}'`);
  assert.match(flood[0]?.text ?? '', /again$/);
  const missing = createJournal({
    command: join(folder, 'nothing'),
    arguments: [],
    lines: 5,
    timeoutMs: 500,
  });
  await assert.rejects(missing.ask({ finding, identity }), /ENOENT/);
});

test('the real journalctl understands the question', { skip: !hasJournalctl() }, async () => {
  const empty = ['--directory', mkdtempSync(join(folder, 'journal-'))];
  const journal = createJournal({
    command: 'journalctl',
    arguments: empty,
    lines: 5,
    timeoutMs: 5_000,
  });
  assert.deepEqual(await journal.ask({ finding, identity }), []);
});

function hasJournalctl(): boolean {
  return spawnSync('journalctl', ['--version']).status === 0;
}

async function tracesOf(
  t: TestContext,
  listener: RequestListener,
  options: Partial<TracesOptions> = {},
) {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const url = `http://reader:secret@127.0.0.1:${port}`;
  return createTraces({
    url,
    api: 'tempo',
    timeoutMs: 2_000,
    services: { shop: 'shop-api' },
    ...options,
  });
}
const json =
  (body: unknown, status = 200): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };

test('Tempo: the slowest traces through the service, by TraceQL and seconds, with basic auth', async (t) => {
  let asked: URL | undefined;
  let auth: string | undefined;
  const trace = (traceID: string, durationMs: number, rootServiceName = 'shop-api') => ({
    ...{ traceID, rootServiceName, rootTraceName: 'POST /orders', durationMs },
    startTimeUnixNano: '1700000000000000000',
  });
  const traces = await tracesOf(t, (request, response) => {
    asked = new URL(request.url!, 'http://x');
    auth = request.headers.authorization;
    const found = [trace('a1', 145), trace('b2', 3_200, 'front'), trace('c3', 20), trace('d4', 1)];
    json({ traces: found, metrics: { inspectedTraces: 4 } })(request, response);
  });
  const hints = await traces.ask({ finding, identity });
  assert.deepEqual(
    hints.map(({ text }) => text),
    [
      'around the onset a trace through shop-api that began in front took 3.2 s in POST /orders (trace b2)',
      'around the onset shop-api took 145 ms in POST /orders (trace a1)',
      'around the onset shop-api took 20 ms in POST /orders (trace c3)',
    ],
  );
  assert.equal(asked?.pathname, '/api/search');
  assert.deepEqual(Object.fromEntries(asked!.searchParams), {
    ...{
      q: '{ resource.service.name = "shop-api" }',
      start: '1699999700',
      end: '1700000301',
      limit: '20',
    },
  });
  assert.equal(auth, `Basic ${Buffer.from('reader:secret').toString('base64')}`);
  assert.ok(!hints[0]?.shownBy?.includes('secret'));
});

test('Jaeger: the slowest spans of the service itself, by microseconds', async (t) => {
  let asked: URL | undefined;
  const span = (operationName: string, duration: number, processID: string) => ({
    ...{ traceID: 't1', spanID: operationName, operationName, duration, processID },
  });
  const data = [
    {
      traceID: 't1',
      spans: [
        span('GET /', 9_000_000, 'p1'),
        span('SELECT', 2_500_000, 'p2'),
        span('hash', 40_000, 'p2'),
      ],
      processes: { p1: { serviceName: 'front' }, p2: { serviceName: 'shop-api' } },
    },
  ];
  const listener: RequestListener = (request, response) => {
    asked = new URL(request.url!, 'http://x');
    json({ data, total: 0, limit: 0, offset: 0, errors: null })(request, response);
  };
  const traces = await tracesOf(t, listener, { api: 'jaeger' });
  assert.deepEqual(
    (await traces.ask({ finding, identity })).map(({ text }) => text),
    [
      'around the onset shop-api took 2.5 s in SELECT (trace t1)',
      'around the onset shop-api took 40 ms in hash (trace t1)',
    ],
  );
  assert.equal(asked?.pathname, '/api/traces');
  assert.equal(asked?.searchParams.get('start'), '1699999700000000');
  assert.equal(asked?.searchParams.get('service'), 'shop-api');
});

test('no traces, no group: no hints', async (t) => {
  for (const body of [{}, { traces: null }, { traces: [] }]) {
    assert.deepEqual(await (await tracesOf(t, json(body))).ask({ finding, identity }), []);
  }
  const jaeger = await tracesOf(t, json({ data: null, errors: null }), { api: 'jaeger' });
  assert.deepEqual(await jaeger.ask({ finding, identity }), []);
  const host: Finding = { ...finding, subject: { job: 'guard', instance: 'a:10910' } };
  const never = await tracesOf(t, () => assert.fail('must not be asked'));
  assert.deepEqual(await never.ask({ finding: host, identity }), []);
});

test('each way to fail is a sentence without the password', async (t) => {
  const check = async (listener: RequestListener, want: RegExp) => {
    const traces = await tracesOf(t, listener, { timeoutMs: 300 });
    await assert.rejects(traces.ask({ finding, identity }), (error: Error) => {
      assert.match(error.message, want);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  };
  await check(json('invalid TraceQL', 400), /HTTP 400 invalid TraceQL/);
  await check(json('<html>'), /JSON|not valid/);
  await check(json({ traces: 'many' }), /not that of tempo's API/);
  await check(() => {}, /timeout/i);
  await check((_request, response) => response.destroy(), /failed/);
  await check((_request, response) => response.end('x'.repeat(5 * 1024 * 1024)), /larger than/);
});
