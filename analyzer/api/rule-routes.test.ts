// Over a real Prometheus: its own rules are tried on its past, saved, loaded, and taken back when it refuses them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readAlertSources } from '../../rules/alert-source.ts';
import { renderAlerts } from '../../rules/alerts-file.ts';
import { readThresholds } from '../../rules/thresholds.ts';
import { eventually, startPrometheus } from '../remediation/analyzer-process.contract.ts';
import { everyRoute } from './every-route.contract.ts';
import { createPreviewThread } from './preview-thread.ts';
import { createRouteList } from './route-list.ts';
import { previewAnswer, rulesAnswer, savedAnswer } from './rule-answers.ts';
import { serveRoutes } from './serve-routes.contract.ts';
import type { RulesSettings } from './thresholds-file.ts';

async function serve(t: TestContext, settings: RulesSettings) {
  const { options, gate } = everyRoute(t, ['viewer', 'operator', 'admin']);
  const previews = createPreviewThread({ url: settings.prometheusUrl, timeoutMs: 10_000 });
  t.after(() => previews.close());
  const { store } = options.actions;
  const clock = () => Date.now() / 1000;
  const rules = { store, settings: () => settings, previews: () => previews, clock };
  const url = await serveRoutes(t, createRouteList({ ...options, rules }), { gate });
  const send = async (path: string, body?: object, as = 'admin') => {
    const response = await fetch(`${url}/api/v1/rules${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer token-${as}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as { detail?: string } };
  };
  return { send, store };
}

function makeFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'guard-rules-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const NOBODY = 'http://127.0.0.1:9';
const CHANGE = { changes: { warning: '85%' }, reason: 'our disks are large' };

test('the rules are listed with their numbers, and how they can be saved', async (t) => {
  const { send } = await serve(t, { prometheusUrl: NOBODY });
  const { rules, notSavable } = rulesAnswer.parse((await send('')).body);
  assert.ok(rules.length > 10);
  const disk = rules.find(({ alert }) => alert === 'GuardFilesystemFilling');
  assert.equal(disk?.threshold, 'filesystem');
  assert.deepEqual(
    disk?.severities.map(({ severity, limit, hold }) => [severity, limit, hold]),
    [
      ['warning', '90%', '2m'],
      ['critical', '97%', '1m'],
    ],
  );
  assert.match(disk?.severities[0]?.expr ?? '', /0\.9/);
  assert.equal(notSavable, 'rules.thresholds_file is not configured');
  const refused = await send('/GuardFilesystemFilling', CHANGE);
  assert.equal(refused.status, 409);
  assert.match(refused.body.detail ?? '', /paste[\s\S]*limit: 85%/);
});

test('who may not, what is not, and what is no number is refused', async (t) => {
  const { send, store } = await serve(t, { prometheusUrl: NOBODY });
  for (const [path, body, as, status] of [
    ['/GuardFilesystemFilling', CHANGE, 'operator', 403],
    ['/GuardNothing', CHANGE, 'admin', 404],
    ['/GuardFilesystemFilling', { ...CHANGE, changes: { warning: 'lots' } }, 'admin', 400],
    ['/GuardFilesystemFilling', { ...CHANGE, changes: {} }, 'admin', 400],
    ['/GuardFilesystemFilling', { changes: CHANGE.changes }, 'admin', 400],
    ['/GuardFilesystemFilling/preview', { changes: { nothing: '1' } }, 'viewer', 400],
    ['/GuardFilesystemFilling/preview', { over: 1e9 }, 'viewer', 400],
    ['/GuardNothing/preview', {}, 'viewer', 404],
    ['/GuardFilesystemFilling/preview', {}, 'viewer', 503],
  ] as const)
    assert.equal((await send(path, body, as)).status, status, `${path} ${JSON.stringify(body)}`);
  assert.deepEqual(await store.audit.list(1), []);
});

async function withPrometheus(t: TestContext) {
  const folder = makeFolder(t);
  const alerts_file = join(folder, 'alerts.yml');
  writeFileSync(alerts_file, renderAlerts(readAlertSources(), readThresholds()));
  const config = join(folder, 'prometheus.yml');
  writeFileSync(
    config,
    `global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [${alerts_file}]\nscrape_configs:\n- {job_name: latency-guard-exporter, static_configs: [{targets: ['127.0.0.1:1']}]}\n`,
  );
  const prometheus = await startPrometheus(config, join(folder, 'tsdb'));
  t.after(() => prometheus.kill('SIGKILL'));
  const thresholds_file = join(folder, 'thresholds.yml');
  return { folder, config, alerts_file, thresholds_file, prometheusUrl: prometheus.url };
}

test('an alert is tried on the past of a real Prometheus, saved, and loaded by it', async (t) => {
  const { folder, ...settings } = await withPrometheus(t);
  const { thresholds_file, alerts_file, prometheusUrl } = settings;
  const { send, store } = await serve(t, { thresholds_file, alerts_file, prometheusUrl });
  const preview = async (changes: object) => {
    const body = { changes, over: 3_600 };
    return previewAnswer.parse((await send('/GuardExporterDown/preview', body, 'viewer')).body);
  };
  // Its one target does not answer.
  const sooner = await eventually(
    () => preview({ 'critical.hold': '15s' }),
    ({ severities }) => (severities[0]?.changed.count ?? 0) > 0,
  );
  assert.equal(sooner.severities[0]?.changed.count, 1);
  const tried = await preview({ 'critical.hold': '1h' });
  assert.equal(tried.severities[0]?.changed.count, 0);
  assert.match(tried.yaml, /^thresholds:\n[\s\S]*exporter_down:[\s\S]*hold: 1h/);

  const answer = await send('/GuardExporterDown', {
    ...{ changes: { 'critical.hold': '1h' }, reason: 'it is often down', by: 'ann' },
  });
  assert.equal(answer.status, 200, answer.body.detail);
  const saved = savedAnswer.parse(answer.body);
  assert.deepEqual([saved.reload, saved.rule.severities[0]?.hold], ['not_enabled', '1h']);
  assert.match(readFileSync(thresholds_file, 'utf8'), /^# Every number of the alerts/);
  assert.match(readFileSync(alerts_file, 'utf8'), /for: 1h/);
  const listed = rulesAnswer.parse((await send('')).body);
  const rule = listed.rules.find(({ alert }) => alert === 'GuardExporterDown');
  assert.deepEqual([rule?.severities[0]?.hold, listed.notSavable], ['1h', null]);
  assert.equal((await preview({})).severities[0]?.now.holdSeconds, 3_600);
  const [entry] = await store.audit.list(1);
  assert.equal(entry?.event, 'thresholds_change');
  assert.deepEqual(entry?.detail.changes, { 'critical.hold': '1h' });
  assert.equal(entry?.detail.by, 'admin (ann)');
  assert.ok(existsSync(folder));
});

test('rules that the evaluator refuses are taken back, and the log says so', async (t) => {
  const folder = makeFolder(t);
  const thresholds_file = join(folder, 'thresholds.yml');
  const alerts_file = join(folder, 'alerts.yml');
  writeFileSync(alerts_file, 'groups: []\n');
  const asked: string[] = [];
  const evaluator = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.statusCode = 500;
    response.end('failed to reload config: one or more errors occurred');
  }).listen(0, '127.0.0.1');
  t.after(() => evaluator.close());
  await once(evaluator, 'listening');
  const { port } = evaluator.address() as { port: number };
  const reload_url = `http://127.0.0.1:${port}/vm/-/reload`;
  const settings = { thresholds_file, alerts_file, reload_url, prometheusUrl: NOBODY };
  const { send, store } = await serve(t, settings);
  const { status, body } = await send('/GuardFilesystemFilling', CHANGE);
  assert.equal(status, 409);
  assert.match(body.detail ?? '', /refuses the rules: HTTP 500: failed to reload.*Nothing was/);
  assert.deepEqual(asked, ['POST /vm/-/reload', 'POST /vm/-/reload']);
  assert.ok(!existsSync(thresholds_file));
  assert.equal(readFileSync(alerts_file, 'utf8'), 'groups: []\n');
  const events = (await store.audit.list(2)).map(({ event }) => event);
  assert.deepEqual(events, ['thresholds_change_failed', 'thresholds_change']);
});

test('what cannot be written is not half written', async (t) => {
  const folder = makeFolder(t);
  const thresholds_file = join(folder, 'thresholds.yml');
  const alerts_file = join(folder, 'alerts.yml');
  // A folder in the place of the file that is written first, which no renaming replaces.
  mkdirSync(alerts_file);
  const { send } = await serve(t, { thresholds_file, alerts_file, prometheusUrl: NOBODY });
  const { status, body } = await send('/GuardFilesystemFilling', CHANGE);
  assert.equal(status, 409, body.detail);
  assert.match(body.detail ?? '', /Nothing was changed/);
  assert.ok(!existsSync(thresholds_file));
});
