// The whole analyzer, its clock aside, on a real Prometheus with a past: one event becomes one alert, series, JSON and a label.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../service/log.ts';
import type { PostableAlert } from './alerts/alertmanager.ts';
import { createApp } from './app.ts';
import { startPastPrometheus } from './cli/past-prometheus.contract.ts';
import { SPIKE, STEP, watchedPast } from './pipeline/watched-past.contract.ts';

const PATIENCE_MS = 60_000;
/** Every second of the machine is a step of the past. */
const SPEED = STEP;

const CONFIG = `
anomalies: {history: 2d, features: []}
presets: [latency-guard]
forecast: {horizons: [1h], cpu_cores: 0.01}
signals:
  cpu: {expr: cpu_ratio, unit: ratio}
  run_queue: {expr: run_queue, unit: count}
  network: {expr: network_bytes, unit: bytes_per_second}
  disk: {expr: disk_ratio, unit: ratio}
`;

async function alertmanagerOf(t: TestContext) {
  const alerts = new Map<string, PostableAlert>();
  const server = createServer(async (request, response) => {
    for (const alert of JSON.parse(await text(request)) as PostableAlert[])
      alerts.set(JSON.stringify(alert.labels), alert);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { alerts, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined) {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const found = await look();
    if (found !== undefined) return found;
    await sleep(200);
  }
  throw new Error(`${what}: not within ${PATIENCE_MS} ms`);
}

test('an event is one alert with its explanation, series, JSON, and can be labelled', async (t) => {
  const prometheus = await startPastPrometheus(watchedPast());
  t.after(prometheus.stop);
  const alertmanager = await alertmanagerOf(t);
  const folder = mkdtempSync(join(tmpdir(), 'guard-anomaly-app-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const configFile = join(folder, 'analyzer.yml');
  writeFileSync(configFile, CONFIG);
  const log = createLogger({ name: 'test', level: 'error', format: 'json' });
  log.level = 'silent';
  const began = Date.now();
  const port = await freePort();
  const app = createApp(
    {
      configFile,
      overrides: {
        prometheusUrl: prometheus.url,
        alertmanagerUrls: [alertmanager.url],
        cycleInterval: 1,
      },
      listen: { host: '127.0.0.1', port },
      storagePath: join(folder, 'state'),
    },
    { log, clock: () => SPIKE - 15 * STEP + (SPEED * (Date.now() - began)) / 1000 },
  );
  let stop = app.stop;
  t.after(() => stop());
  await app.start();
  const url = `http://127.0.0.1:${port}`;
  const alert = await until('an alert', () => [...alertmanager.alerts.values()][0]);
  assert.deepEqual(alert.labels, {
    ...{ alertname: 'GuardAnomaly', kind: 'anomaly', severity: 'info' },
    ...{ job: 'guard', instance: 'a' },
  });
  assert.match(alert.annotations.description ?? '', /expected .*unusual since .*agreed by/s);
  assert.match(alert.annotations.runbook_url ?? '', /anomaly\.md$/);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  assert.match(metrics, /^guard_anomaly\{.*instance="a".*\} 1$/m);
  assert.match(metrics, /^guard_anomaly_expected\{.*signal="disk".*bound="upper"\} 0\.3/m);
  const { anomalies } = (await (await fetch(`${url}/api/v1/anomalies`)).json()) as {
    anomalies: { subject: object }[];
  };
  assert.deepEqual(anomalies[0]?.subject, { job: 'guard', instance: 'a' });
  const label = { signal: 'run_queue', labels: { instance: 'a' }, verdict: 'real' };
  const labelled = await fetch(`${url}/api/v1/anomalies/feedback`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(label),
  });
  assert.equal(labelled.status, 200, await labelled.text());
  await until('the figures', async () => {
    const now = await (await fetch(`${url}/metrics`)).text();
    return /guard_anomaly_precision_ratio\{signal="run_queue"\} 1/.test(now) || undefined;
  });
  stop = async () => {};
  await app.stop();
  assert.ok(existsSync(join(folder, 'state', 'anomaly.state')));
  assert.equal(alertmanager.alerts.size, 1, [...alertmanager.alerts.keys()].join());
});
