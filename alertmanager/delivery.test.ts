// A real Alertmanager with our routing: what it delivers, what it holds back, and how the texts read.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { z } from 'zod';
import { type AlertSink, type Delivery, startAlertSink } from './alert-sink.ts';
import { type AlertmanagerProcess, startAlertmanager } from './alertmanager-process.ts';
import { impatient, readConfig } from './config-file.ts';

const STATE_TIMEOUT_MS = 15_000;
const POLL_MS = 50;

let sink: AlertSink;
let alertmanager: AlertmanagerProcess;
before(async () => {
  sink = await startAlertSink();
  alertmanager = await startAlertmanager(observableConfig(sink.url));
});
after(async () => {
  await alertmanager?.stop();
  await sink?.stop();
});

/** Our own configuration, without its patience, with every receiver at the sink and the example's Slack text. */
function observableConfig(url: string): string {
  const { route, ...rest } = readConfig('alertmanager.yml');
  const slack = readConfig('receivers.example.yml').receivers.find(({ name }) => name === 'team')
    ?.slack_configs?.[0];
  assert.ok(slack !== undefined);
  const { api_url_file: _, ...text } = slack;
  return stringify({
    ...rest,
    templates: [join(import.meta.dirname, 'templates/*.tmpl')],
    route: impatient(route),
    receivers: rest.receivers.map(({ name }) => ({
      name,
      webhook_configs: [{ url: `${url}/${name}`, send_resolved: true }],
      slack_configs: [{ ...text, api_url: `${url}/slack/${name}` }],
    })),
  });
}

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly endsAt?: string;
}

const alert = (labels: Alert['labels'], annotations: Alert['annotations'] = {}): Alert => ({
  labels: { severity: 'warning', ...labels },
  annotations: { summary: `${labels.alertname} on ${labels.instance}`, ...annotations },
});
const exporterDown = (instance: string) =>
  alert({ alertname: 'GuardExporterDown', kind: 'host_down', severity: 'critical', instance });
const finding = (instance: string, group: string): Alert => ({
  labels: {
    alertname: 'GuardCpuSaturation',
    kind: 'cpu_saturation',
    severity: 'warning',
    job: 'latency-guard-exporter',
    instance,
    group,
  },
  annotations: {
    summary: `${group} on ${instance}: cpu saturation`,
    description: `${group} uses 1.9 of 2 CPUs.`,
    evidence: `- ${group} uses 1.9 of 2 CPUs [group:guard_process_cpu:rate30s{group="${group}"}]`,
    suggestion: 'Profile its hot path — one thread is pinned',
    score: '0.93',
    runbook_url:
      'https://github.com/latency-guard/latency-guard/blob/main/docs/runbooks/cpu_saturation.md',
    dashboard: '/d/guard-overview',
  },
});

async function post(...alerts: readonly Alert[]): Promise<void> {
  const response = await fetch(`${alertmanager.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts),
  });
  assert.equal(response.status, 200, await response.text());
}

const mentions = (path: string, text: string) => (delivery: Delivery) =>
  delivery.path === path && JSON.stringify(delivery.body).includes(text);

const apiAlerts = z.array(
  z.looseObject({
    labels: z.record(z.string(), z.string()),
    status: z.looseObject({ state: z.string(), inhibitedBy: z.array(z.string()) }),
  }),
);

/** How many alerts inhibit the one with these labels, as soon as it has the wanted state. */
async function inhibitorsOf(labels: Alert['labels'], wanted: 'active' | 'suppressed') {
  const deadline = Date.now() + STATE_TIMEOUT_MS;
  let last: unknown;
  while (Date.now() < deadline) {
    const response = await fetch(`${alertmanager.url}/api/v2/alerts`);
    const found = apiAlerts
      .parse(await response.json())
      .find((each) => Object.entries(labels).every(([key, value]) => each.labels[key] === value));
    if (found?.status.state === wanted) return found.status.inhibitedBy.length;
    last = found;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(
    `${JSON.stringify(labels)} was not ${wanted} in ${STATE_TIMEOUT_MS} ms, last: ${JSON.stringify(last)}`,
  );
}

test('a finding is delivered to the team with evidence and suggestion', async () => {
  await post(finding('web1:10910', 'burner'));
  const { body } = await sink.waitFor(mentions('/team', 'burner'));
  const { status, groupLabels, alerts } = z
    .looseObject({
      status: z.string(),
      groupLabels: z.record(z.string(), z.string()),
      alerts: z.array(z.looseObject({ annotations: z.record(z.string(), z.string()) })),
    })
    .parse(body);
  assert.equal(status, 'firing');
  assert.deepEqual(groupLabels, {
    alertname: 'GuardCpuSaturation',
    instance: 'web1:10910',
    kind: 'cpu_saturation',
  });
  assert.match(alerts[0]?.annotations.evidence ?? '', /burner uses 1\.9 of 2 CPUs/);
  assert.match(alerts[0]?.annotations.suggestion ?? '', /Profile its hot path/);
});

test('the rendered text has evidence, suggestion, runbook and dashboard, and no hole', async () => {
  await post(finding('web5:10910', 'renderer'));
  const delivery = await sink.waitFor(mentions('/slack/team', 'renderer'));
  const { title, title_link } = slackAttachment(delivery);
  assert.equal(title, '[FIRING 1 warning] renderer on web5:10910: cpu saturation');
  assert.equal(title_link, 'http://localhost:3000/d/guard-overview');
  const lines = slackText(delivery);
  assert.match(lines.splice(5, 1)[0] ?? '', /^Since: \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/);
  assert.deepEqual(lines, [
    'renderer on web5:10910: cpu saturation',
    'Evidence:',
    '- renderer uses 1.9 of 2 CPUs [group:guard_process_cpu:rate30s{group="renderer"}]',
    'Suggestion: Profile its hot path — one thread is pinned',
    'Score: 0.93',
    'Runbook: https://github.com/latency-guard/latency-guard/blob/main/docs/runbooks/cpu_saturation.md',
    'Dashboard: http://localhost:3000/d/guard-overview',
  ]);
});

test('a forecast date is in the text, and what an alert does not carry leaves no empty line', async () => {
  const labels = { alertname: 'GuardRunsOutSoon', kind: 'runs_out', instance: 'web6:10910' };
  await post(
    alert(
      { ...labels, signal: 'filesystem', mountpoint: '/var' },
      {
        description: 'Reaches its limit in 2h 0m 0s.',
        forecast: '2026-11-20 16:00:00 +0000 UTC',
        runbook_url: 'https://example.org/runs_out.md',
      },
    ),
  );
  const text = slackText(await sink.waitFor(mentions('/slack/team', 'web6')));
  assert.deepEqual(
    text.filter((line) => !line.startsWith('Since: ')),
    [
      'GuardRunsOutSoon on web6:10910',
      'Reaches its limit in 2h 0m 0s.',
      'Forecast: 2026-11-20 16:00:00 +0000 UTC',
      'Runbook: https://example.org/runs_out.md',
      'Dashboard: http://localhost:3000/d/guard-overview',
    ],
  );
});

test('several alerts of one host are one notification, and the end is told', async () => {
  await post(finding('web7:10910', 'first'), finding('web7:10910', 'second'));
  const both = await sink.waitFor(mentions('/slack/team', 'second'));
  assert.match(JSON.stringify(both.body), /FIRING 2 warning\] GuardCpuSaturation on web7:10910/);
  const ended = [finding('web7:10910', 'first'), finding('web7:10910', 'second')];
  await post(...ended.map((each) => ({ ...each, endsAt: new Date().toISOString() })));
  const { body } = await sink.waitFor(mentions('/slack/team', 'RESOLVED warning'));
  assert.match(JSON.stringify(body), /Resolved:\\n- first on web7:10910: cpu saturation \(/);
});

test('critical goes to page, info to low', async () => {
  const labels = { alertname: 'GuardMemoryLeak', kind: 'memory_leak' };
  await post(
    alert({ ...labels, severity: 'critical', instance: 'db1' }),
    alert({ ...labels, severity: 'info', instance: 'db2' }),
  );
  await sink.waitFor(mentions('/page', 'db1'));
  await sink.waitFor(mentions('/low', 'db2'));
  assert.equal(sink.deliveries.some(mentions('/team', 'db1')), false);
  assert.equal(sink.deliveries.some(mentions('/team', 'db2')), false);
});

test('a host that is down silences its findings, not those of another host or product', async () => {
  await post(exporterDown('web2:10910'));
  await sink.waitFor(mentions('/page', 'web2'));
  await post(
    finding('web2:10910', 'unheard'),
    alert({ alertname: 'Other', instance: 'web2:10910' }),
  );
  assert.equal(await inhibitorsOf({ group: 'unheard' }, 'suppressed'), 1);
  assert.equal(await inhibitorsOf({ alertname: 'Other' }, 'active'), 0);
  await post(finding('web3:10910', 'heard'));
  await sink.waitFor(mentions('/team', 'heard'));
  await sink.waitFor(mentions('/team', 'Other'));
  assert.equal(sink.deliveries.some(mentions('/team', 'unheard')), false);
});

test('critical silences warning and info of the same subject, and of no other', async () => {
  const full = (mountpoint: string, severity: string) =>
    alert({
      alertname: 'GuardFilesystemFilling',
      kind: 'filesystem',
      instance: 'nas',
      mountpoint,
      severity,
    });
  await post(full('/var', 'critical'));
  await sink.waitFor(mentions('/page', 'nas'));
  await post(full('/var', 'warning'), full('/srv', 'warning'));
  assert.equal(await inhibitorsOf({ mountpoint: '/var', severity: 'warning' }, 'suppressed'), 1);
  assert.equal(await inhibitorsOf({ mountpoint: '/srv' }, 'active'), 0);
  const group = (name: string, severity: string) =>
    alert({ alertname: 'GuardIoBound', kind: 'io_bound', instance: 'nas', group: name, severity });
  await post(group('a', 'warning'));
  await sink.waitFor(mentions('/team', 'GuardIoBound'));
  await post(group('a', 'info'), group('b', 'info'));
  assert.equal(await inhibitorsOf({ group: 'a', severity: 'info' }, 'suppressed'), 1);
  assert.equal(await inhibitorsOf({ group: 'b', severity: 'info' }, 'active'), 0);
});

test('a target that is down is not also slow', async () => {
  const ping = (name: string, severity: string) =>
    alert({ alertname: name, kind: 'network_path', instance: 'web4', target: 'gw', severity });
  await post(ping('GuardPingTargetDown', 'critical'));
  await sink.waitFor(mentions('/page', 'web4'));
  await post(ping('GuardPingSlow', 'warning'), ping('GuardPingLoss', 'warning'));
  assert.equal(await inhibitorsOf({ alertname: 'GuardPingSlow' }, 'suppressed'), 1);
  assert.equal(await inhibitorsOf({ alertname: 'GuardPingLoss' }, 'suppressed'), 1);
});

test('an Alertmanager that cannot start says why', async () => {
  await assert.rejects(startAlertmanager('route: { receiver: nobody }\n'), /nobody/);
});

const slackSchema = z.looseObject({
  attachments: z.array(
    z.looseObject({ title: z.string(), title_link: z.string(), text: z.string() }),
  ),
});

function slackAttachment({ body }: Delivery) {
  const [attachment] = slackSchema.parse(body).attachments;
  assert.ok(attachment !== undefined);
  return attachment;
}

function slackText(delivery: Delivery): string[] {
  return slackAttachment(delivery).text.trim().split('\n');
}
