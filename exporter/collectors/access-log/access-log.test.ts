import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ConfigError, parseConfig } from '../../../service/config.ts';
import { render } from '../../promformat/render.ts';
import type { LogTailListener } from '../../sources/log-tail.ts';
import { testCollectorContract } from '../collector.contract.ts';
import type { Collector } from '../collector.ts';
import { createAccessLogCollector } from './access-log.ts';
import { accessLogConfigSchema } from './config.ts';
import { logWith, missingLog } from './fake.contract.ts';

const signal = new AbortController().signal;
const folder = mkdtempSync(join(tmpdir(), 'guard-access-log-'));
after(() => rmSync(folder, { recursive: true }));
const DEADLINE_MS = 15_000;

const schema = z.strictObject({ access_logs: accessLogConfigSchema });
const configOf = (yaml: string) => parseConfig(schema, yaml, 'test.yml').access_logs;
const ONE = configOf(
  'access_logs: [{name: shop, path: /x, format: combined, sessions: {by: ip, max: 2}}]',
);
const line = (ip: string, request: string, rest = '200 10 "-" "-" 0.02') =>
  `${ip} - - [20/Nov/2026:14:00:01 +0000] "${request}" ${rest}`;

const withLines = (lines: readonly string[], config = ONE): Collector =>
  createAccessLogCollector(config, logWith(lines));

testCollectorContract({
  name: 'access-log',
  create: () => withLines([line('192.0.2.1', 'GET / HTTP/1.1')]),
  createOnEmptyHost: () => createAccessLogCollector(ONE, missingLog),
});

async function samplesOf(collector: Collector) {
  const families = await collector.collect(signal);
  return (name: string) =>
    families
      .find((family) => family.name === `guard_access_log_${name}`)
      ?.samples.map(({ labels, value }) => [...Object.values(labels), value]);
}

async function afterStart(collector: Collector) {
  collector.start?.();
  await new Promise((resolve) => setImmediate(resolve));
  const of = await samplesOf(collector);
  await collector.stop?.();
  return of;
}

test('lines become requests, bytes, times and sessions', async () => {
  const of = await afterStart(
    withLines([
      line('192.0.2.1', 'GET /secret?token=abc HTTP/1.1'),
      line('192.0.2.1', 'GET /other HTTP/1.1', '200 5'),
      line('2001:db8::1', 'post / HTTP/1.1', '503 7 "-" "-" 70.5'),
      line('192.0.2.3', 'BREW / HTTP/1.1', '000 0'),
      '\u0000\uFFFDjunk',
      '',
    ]),
  );
  assert.deepEqual(of('requests_total'), [
    ['shop', '2xx', 'GET', 2],
    ['shop', '5xx', 'POST', 1],
    ['shop', 'other', 'other', 1],
  ]);
  assert.deepEqual(of('response_bytes_total'), [['shop', 22]]);
  assert.deepEqual(of('lines_skipped_total'), [
    ['shop', 'malformed', 1],
    ['shop', 'too_long', 0],
    ['shop', 'incomplete', 0],
  ]);
  const buckets = of('request_seconds') ?? [];
  assert.deepEqual(buckets.slice(3, 5), [
    ['shop', '0.01', 0],
    ['shop', '0.025', 1],
  ]);
  assert.deepEqual(buckets.slice(-3), [
    ['shop', '+Inf', 2],
    ['shop', 70.52],
    ['shop', 2],
  ]);
  assert.deepEqual(of('active_sessions'), [['shop', 2]]);
  assert.deepEqual(of('sessions_untracked_total'), [['shop', 1]]);
});

test('nothing of a client becomes a label', async () => {
  const collector = withLines(
    Array.from({ length: 500 }, (_, index) =>
      line(`192.0.2.${index}`, `M${index}X /path${index} HTTP/1.1`),
    ),
  );
  collector.start?.();
  await new Promise((resolve) => setImmediate(resolve));
  const families = await collector.collect(signal);
  await collector.stop?.();
  const text = render(families).toString();
  assert.doesNotMatch(text, /192\.0\.2|\/path|M\d+X/);
  assert.ok(text.split('\n').length < 70);
});

test('sessions are not counted unless wanted', async () => {
  const config = configOf('access_logs: [{name: shop, path: /x, format: combined}]');
  const of = await afterStart(withLines([line('192.0.2.1', 'GET / HTTP/1.1')], config));
  assert.deepEqual(of('active_sessions'), []);
  assert.deepEqual(of('sessions_untracked_total'), []);
});

test('a log that is missing says so while the others go on', async () => {
  const config = configOf(
    'access_logs: [{name: a, path: /a, format: combined}, {name: b, path: /b, format: json}]',
  );
  const tailOf = (path: string, listener: LogTailListener) => ({
    async tick() {
      if (path === '/b') return { kind: 'unavailable', reason: 'permission_denied' } as const;
      listener.tooLong();
      listener.incomplete();
      listener.lost(100);
      return { kind: 'reading', unreadBytes: 17 } as const;
    },
    async close() {},
  });
  const of = await afterStart(
    createAccessLogCollector(config, ({ path }, listener) => tailOf(path, listener)),
  );
  assert.deepEqual(of('unavailable'), [['b', 'permission_denied', 1]]);
  assert.deepEqual(of('unread_bytes'), [['a', 17]]);
  assert.deepEqual(of('lost_bytes_total'), [['a', 100]]);
  assert.deepEqual(of('lines_skipped_total'), [
    ['a', 'malformed', 0],
    ['a', 'too_long', 1],
    ['a', 'incomplete', 1],
  ]);
});

test('100,000 lines of a real file, rotated in between, are all counted', async () => {
  const path = join(folder, 'access.log');
  writeFileSync(path, `${line('192.0.2.9', 'GET /before HTTP/1.1')}\n`);
  const config = configOf(
    `access_logs: [{name: shop, path: ${path}, format: combined, sessions: {by: ip}}]`,
  );
  const collector = createAccessLogCollector(config);
  collector.start?.();
  await until(async () => (await collector.collect(signal)).length > 0);
  const half = Array.from({ length: 50_000 }, (_, index) =>
    line(`192.0.2.${index % 250}`, `GET /${index} HTTP/1.1`),
  );
  appendFileSync(path, `${half.join('\n')}\n`);
  renameSync(path, `${path}.1`);
  writeFileSync(path, `${half.join('\n')}\n`);
  await until(async () => (await samplesOf(collector))('requests_total')?.[0]?.[3] === 100_000);
  const of = await samplesOf(collector);
  assert.deepEqual(of('requests_total'), [['shop', '2xx', 'GET', 100_000]]);
  assert.deepEqual(of('active_sessions'), [['shop', 250]]);
  assert.deepEqual(of('lines_skipped_total')?.[0], ['shop', 'malformed', 0]);
  await collector.stop?.();
});

async function until(ask: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  while (performance.now() < deadline) {
    if (await ask().catch(() => false)) return;
    await sleep(50);
  }
  throw new Error(`not within ${DEADLINE_MS} ms: ${ask}`);
}

test('mistakes in the configuration are refused with their place', () => {
  const check = (entry: string, want: RegExp) =>
    assert.throws(
      () => configOf(`access_logs: [${entry}]`),
      (error) => error instanceof ConfigError && want.test(error.message),
      entry,
    );
  check('{path: /x, format: combined}', /access_logs\[0\]\.name/);
  check('{name: a, path: x.log, format: combined}', /expected an absolute path/);
  check('{name: a, path: /x}', /format/);
  check('{name: a, path: /x, format: clf}', /format/);
  check('{name: a, path: /x, format: regex}', /pattern/);
  check('{name: a, path: /x, format: regex, pattern: "("}', /expected a regular expression/);
  check('{name: a, path: /x, format: regex, pattern: "(\\\\d+)"}', /named group \(\?<status>…\)/);
  check('{name: a, path: /x, format: combined, fields: {status: s}}', /fields: unknown key/);
  check('{name: a, path: /x, format: json, fields: {url: u}}', /fields\.url: unknown key/);
  check('{name: a, path: /x, format: json, time_unit: m}', /expected s, ms, us, ns/);
  check('{name: a, path: /x, format: combined, sessions: {by: cookie}}', /has no cookie/);
  check('{name: a, path: /x, format: json, sessions: {by: user}}', /expected ip, cookie/);
  check('{name: a, path: /x, format: json, sessions: {by: ip, max: 0}}', /max/);
  check(
    '{name: a, path: /x, format: regex, pattern: "(?<status>\\\\d+)", sessions: {by: ip}}',
    /no group \(\?<ip>…\)/,
  );
  check(
    '{name: a, path: /x, format: json}, {name: a, path: /y, format: json}',
    /two logs have the same name/,
  );
});

test('JSON fields default to those of nginx', () => {
  const [log] = configOf(
    'access_logs: [{name: a, path: /x, format: json, fields: {seconds: took}}]',
  );
  assert.ok(log?.format === 'json');
  assert.equal(log.fields.seconds, 'took');
  assert.equal(log.fields.ip, 'remote_addr');
});
