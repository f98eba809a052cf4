import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { ConfigError } from '../service/config.ts';
import { createLogger } from '../service/log.ts';
import { createApp, type ExporterApp } from './app.ts';
import { FIXTURE_PATHS, fixtureHost } from './collectors/fixture-host.contract.ts';
import type { CreatePingSource } from './collectors/ping/ping.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-exporter-'));
const configFile = join(folder, 'exporter.yml');
const log = createLogger({ name: 'test', level: 'error', format: 'json' });
log.level = 'silent';
const { files: _files, processBackend, ...fakes } = fixtureHost();
let app: ExporterApp | undefined;
afterEach(() => app?.stop());
after(() => rmSync(folder, { recursive: true }));

/** Which targets are being pinged, and how often each was started. */
function recordPings() {
  const running: string[] = [];
  const starts: string[] = [];
  const createPingSource: CreatePingSource = ({ address }) => ({
    start() {
      running.push(address);
      starts.push(address);
    },
    restart() {},
    async stop() {
      running.splice(running.indexOf(address), 1);
    },
  });
  return { running, starts, createPingSource };
}

async function start(yaml: string, deps = {}, paths = FIXTURE_PATHS): Promise<ExporterApp> {
  writeFileSync(configFile, yaml);
  const options = { configFile, listen: { host: '127.0.0.1', port: 0 }, paths, processBackend };
  app = await createApp(options, { log, ...fakes, ...deps });
  await app.start();
  return app;
}

async function get(path: string, init?: RequestInit) {
  const response = await fetch(`http://127.0.0.1:${app?.address()?.port}${path}`, init);
  return { status: response.status, body: await response.text() };
}

test('it is ready after the first collection and serves what the host has', async () => {
  await start('');
  const metrics = await get('/metrics');
  assert.match(metrics.body, /^guard_load1 0\.52$/m);
  assert.match(metrics.body, /^guard_collector_success\{collector="cpu"\} 1$/m);
  assert.match(metrics.body, /^guard_exporter_config_last_reload_successful 1$/m);
  assert.equal((await get('/-/ready')).status, 200);
});

test('collect[] restricts, an unknown name is an error that names the known ones', async () => {
  await start('collectors: {disabled: [tcp]}');
  const { body } = await get('/metrics?collect[]=load');
  assert.match(body, /^guard_load1 /m);
  assert.doesNotMatch(body, /^guard_cpu_seconds_total/m);
  const refused = await get('/metrics?collect[]=tcp');
  assert.equal(refused.status, 400);
  assert.match(refused.body, /no collector named tcp; enabled are cpu, memory/);
});

test('a host where nothing can be read is never ready', async () => {
  const nothing = join(folder, 'nothing');
  // The sources of the two disabled ones are fakes that always answer.
  await start(
    '{ping: {targets: []}, collectors: {disabled: [perf, sockets]}}',
    { readInventory: () => Promise.reject(new Error('no')) },
    { procfs: nothing, sysfs: nothing, rootfs: nothing },
  );
  const { body } = await get('/metrics');
  assert.match(body, /^guard_collector_unavailable\{collector="cpu",reason="not_supported"\} 1$/m);
  assert.doesNotMatch(body, /^guard_cpu/m);
  assert.equal((await get('/-/ready')).status, 503);
});

test('a reload replaces only what its change touches', async () => {
  const pings = recordPings();
  const running = await start('ping: {targets: [a, b]}', pings);
  assert.deepEqual(pings.running, ['a', 'b']);
  writeFileSync(configFile, 'ping: {targets: [a, b]}\ncollectors: {disabled: [tcp]}\n');
  await running.reload();
  assert.deepEqual(pings.starts, ['a', 'b']);
  assert.doesNotMatch((await get('/metrics')).body, /guard_tcp_established_connections/);
  writeFileSync(configFile, 'ping: {targets: [c]}');
  await running.reload();
  assert.deepEqual(pings.running, ['c']);
  assert.match((await get('/metrics')).body, /guard_tcp_established_connections/);
});

test('a bad configuration keeps the old one and says so', async () => {
  const pings = recordPings();
  await start('ping: {targets: [a]}', pings);
  writeFileSync(configFile, 'ping: {target: [b]}');
  const refused = await get('/-/reload', { method: 'POST' });
  assert.equal(refused.status, 500);
  assert.match(
    refused.body,
    /the old configuration stays: .*exporter\.yml:1: ping\.target: unknown key/,
  );
  assert.match((await get('/metrics')).body, /^guard_exporter_config_last_reload_successful 0$/m);
  assert.deepEqual(pings.running, ['a']);
  writeFileSync(configFile, 'ping: {targets: [b]}');
  assert.equal((await get('/-/reload', { method: 'POST' })).status, 200);
  assert.match((await get('/metrics')).body, /^guard_exporter_config_last_reload_successful 1$/m);
  assert.deepEqual(pings.running, ['b']);
});

test('two reloads at once leave one child per target', async () => {
  const pings = recordPings();
  const running = await start('ping: {targets: [a]}', pings);
  writeFileSync(configFile, 'ping: {targets: [b]}');
  await Promise.all([running.reload(), running.reload()]);
  assert.deepEqual(pings.running, ['b']);
  await running.stop();
  assert.deepEqual(pings.running, []);
});

test('a bad configuration at start is refused, and a port in use leaves no child behind', async () => {
  await assert.rejects(start('pong: {}'), ConfigError);
  const pings = recordPings();
  const first = await start('', pings);
  const port = first.address()?.port ?? 0;
  const options = { configFile, listen: { host: '127.0.0.1', port }, paths: FIXTURE_PATHS };
  const second = await createApp(
    { ...options, processBackend },
    { log, ...fakes, ...recordPings() },
  );
  await assert.rejects(second.start(), /the port is in use/);
  assert.deepEqual(pings.running, ['127.0.0.1']);
});
