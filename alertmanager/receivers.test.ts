// receivers.example.yml for real: Alertmanager sends by SMTP, Slack, PagerDuty, ServiceNow and webhook to servers of this test.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { type AlertSink, type Delivery, startAlertSink } from './alert-sink.ts';
import { type AlertmanagerProcess, startAlertmanager } from './alertmanager-process.ts';
import { impatient, type Route } from './config-file.ts';
import { type SmtpSink, startSmtpSink } from './smtp-sink.contract.ts';

const HERE = import.meta.dirname;
const RUNBOOK =
  'https://github.com/latency-guard/latency-guard/blob/main/docs/runbooks/memory_leak.md';
const secrets = mkdtempSync(join(tmpdir(), 'guard-receivers-'));

let sink: AlertSink;
let mail: SmtpSink;
let alertmanager: AlertmanagerProcess;
before(async () => {
  [sink, mail] = await Promise.all([startAlertSink(), startSmtpSink()]);
  const files = {
    slack_url: `${sink.url}/slack/main\n`,
    slack_url_team: `${sink.url}/slack/team\n`,
    smtp_password: 'mail-secret',
    pagerduty_routing_key: 'key-of-all',
    pagerduty_routing_key_database: 'key-of-database',
    servicenow_password: 'snow-secret',
    remediator_token: 'token-secret',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(secrets, name), text);
  alertmanager = await startAlertmanager(exampleConfig());
});
after(async () => {
  await alertmanager?.stop();
  await Promise.all([sink?.stop(), mail?.stop()]);
  rmSync(secrets, { recursive: true });
});

/** The example as it is, but for its addresses, and without its patience. */
function exampleConfig(): string {
  const text = readFileSync(join(HERE, 'receivers.example.yml'), 'utf8')
    .replaceAll('/etc/alertmanager/secrets', secrets)
    .replace('smtp.example.org:587', mail.address)
    .replace('https://example.service-now.com', sink.url)
    .replace('http://analyzer:10911', sink.url)
    .replace('templates/*.tmpl', join(HERE, 'templates/*.tmpl'));
  const config = parse(text, { merge: true }) as { global: object; route: Route };
  return stringify({
    ...config,
    global: { ...config.global, smtp_require_tls: false, pagerduty_url: `${sink.url}/pagerduty` },
    route: impatient(config.route),
  });
}

const leak = (group: string, changes: Readonly<Record<string, string>> = {}) => ({
  labels: {
    alertname: 'GuardMemoryLeak',
    kind: 'memory_leak',
    severity: 'critical',
    instance: 'web1:10910',
    group,
    ...changes,
  },
  annotations: {
    summary: `${group} on web1:10910: memory leak`,
    description: `anonymous memory of ${group} grew by 1.2 GiB in 3 h and is still rising.`,
    evidence: [
      `- anonymous memory of ${group} grew by 1.2 GiB in 3 h and is still rising [group:guard_process_anonymous_memory_bytes:avg1m{group="${group}"}]`,
      '- it would reach 90 % of the limit of 4 GiB at 03:40 UTC [guard_time_to_threshold_seconds{quantile="0.1"}]',
    ].join('\n'),
    suggestion:
      'Restart it in the next quiet hour, then compare two heap dumps — <b>cheap</b> & safe',
    suggestions: '1. Restart it\n2. Compare two heap dumps',
    forecast: '2026-11-21 03:40:00.25 +0000 UTC',
    score: '0.91',
    confidence: '0.85',
    runbook_url: RUNBOOK,
    dashboard: '/d/guard-host?var-instance=web1%3A10910',
  },
  generatorURL: 'http://analyzer.example:10911/findings',
});
type Alert = Omit<ReturnType<typeof leak>, 'labels'> & {
  labels: Record<string, string>;
  endsAt?: string;
};

async function post(...alerts: readonly Alert[]): Promise<void> {
  const response = await fetch(`${alertmanager.url}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(alerts),
  });
  assert.equal(response.status, 200, await response.text());
}

const about = (path: string, text: string) => (delivery: Delivery) =>
  delivery.path.startsWith(path) && JSON.stringify(delivery.body).includes(text);

test('Slack: colour, title, text and three buttons, to the address in the file', async () => {
  await post(leak('slack-me'));
  const { body } = await sink.waitFor(about('/slack/main', 'slack-me'));
  const { channel, attachments } = slackSchema.parse(body);
  const [message] = attachments;
  assert.equal(channel, '#incidents');
  assert.equal(message?.color, '#b42318');
  assert.equal(message?.title, '[FIRING 1 critical] slack-me on web1:10910: memory leak');
  assert.match(message?.text ?? '', /Evidence:\n- anonymous memory of slack-me grew/);
  assert.match(message?.text ?? '', /Suggestion: Restart it in the next quiet hour/);
  assert.match(message?.text ?? '', /Forecast: 2026-11-21 03:40:00/);
  const [runbook, dashboard, silence] = message?.actions ?? [];
  assert.deepEqual(runbook, { type: 'button', text: 'Runbook', url: RUNBOOK });
  assert.match(dashboard?.url ?? '', /3000\/d\/guard-host\?var-instance=web1%3A10910$/);
  assert.match(silence?.url ?? '', /silences\/new\?filter=%7Balertname%3D%22GuardMemoryLeak%22%2C/);
});

test('Slack: a team with a workspace of its own is told there', async () => {
  await post(leak('team-workspace', { severity: 'warning' }));
  const { body } = await sink.waitFor(about('/slack/team', 'team-workspace'));
  assert.equal(slackSchema.parse(body).attachments[0]?.color, '#b54708');
});

test('PagerDuty: triggered with links and the finding, resolved under the same key', async () => {
  await post(leak('pager'));
  const fired = pagerSchema.parse((await sink.waitFor(about('/pagerduty', 'pager'))).body);
  assert.equal(fired.routing_key, 'key-of-all');
  assert.equal(fired.event_action, 'trigger');
  assert.equal(fired.client, 'Latency Guard');
  const { summary, severity, custom_details, ...subject } = fired.payload!;
  assert.match(summary, /FIRING \d critical\] /);
  assert.equal(severity, 'critical');
  assert.match(custom_details.text ?? '', /pager grew by 1\.2 GiB/);
  assert.equal(subject.class, 'memory_leak');
  assert.equal(subject.group, 'web1:10910');
  assert.deepEqual(
    fired.links?.map(({ href, text }) => [text, href.split('?')[0]]),
    [
      ['Runbook', RUNBOOK],
      ['Dashboard', 'http://localhost:3000/d/guard-host'],
    ],
  );
  const end = { endsAt: new Date().toISOString() };
  await post(...['slack-me', 'pager'].map((group) => ({ ...leak(group), ...end })));
  const resolved = await sink.waitFor(
    ({ path, body }) => path === '/pagerduty' && JSON.stringify(body).includes('"resolve"'),
  );
  assert.equal(pagerSchema.parse(resolved.body).dedup_key, fired.dedup_key);
});

test('PagerDuty: a team with a pager of its own is woken by its own key', async () => {
  await post(leak('postgres', { team: 'database', instance: 'db1' }));
  const { body } = await sink.waitFor(about('/pagerduty', 'postgres'));
  assert.equal(pagerSchema.parse(body).routing_key, 'key-of-database');
});

test('ServiceNow and the remediator get the whole alert, and know who sends it', async () => {
  await post(leak('ticket', { instance: 'web2' }));
  const ticket = await sink.waitFor(about('/api/sn_em_connector/em/inbound_event', 'ticket'));
  assert.equal(ticket.path, '/api/sn_em_connector/em/inbound_event?source=prometheus');
  const basic = Buffer.from('latency-guard:snow-secret').toString('base64');
  assert.equal(ticket.authorization, `Basic ${basic}`);
  const intake = await sink.waitFor(about('/api/v1/alertmanager', 'ticket'));
  assert.equal(intake.authorization, 'Bearer token-secret');
  for (const { body } of [ticket, intake]) {
    const { version, alerts } = webhookSchema.parse(body);
    assert.equal(version, '4');
    assert.match(alerts[0]?.fingerprint ?? '', /^[0-9a-f]{16}$/);
    assert.equal(alerts[0]?.labels.kind, 'memory_leak');
    assert.equal(alerts[0]?.annotations.suggestions, '1. Restart it\n2. Compare two heap dumps');
  }
});

test('e-mail: signed in with the password of the file, as text and as HTML, with nothing to inject', async () => {
  const labels = { severity: 'warning', team: 'database', instance: 'db2' };
  await post(leak('mailed', labels));
  const found = await mail.waitFor(({ parts }) => (parts['text/plain'] ?? '').includes('mailed'));
  assert.equal(found.credentials, 'latency-guard:mail-secret');
  assert.equal(found.from, 'latency-guard@example.org');
  assert.deepEqual(found.to, ['database@example.org']);
  assert.equal(found.headers.subject, '[FIRING 1 warning] mailed on web1:10910: memory leak');
  assert.match(found.parts['text/plain'] ?? '', /Suggestion: Restart it .+\nForecast: 2026-11-21/);
  const html = found.parts['text/html'] ?? '';
  assert.match(html, /^<!DOCTYPE html>/);
  assert.ok(
    html.includes('&lt;b&gt;cheap&lt;/b&gt; &amp; safe'),
    'what comes from outside is text',
  );
  assert.ok(html.includes('background:#b54708'));
  assert.ok(html.includes(`href="${RUNBOOK}"`));
  assert.ok(html.includes('href="http://localhost:3000/d/guard-host?var-instance=web1%3A10910"'));
  assert.ok(html.includes('2026-11-21 03:40 UTC'));
  assert.doesNotMatch(html, /ZgotmplZ|&lt;no value&gt;|\{\{|href=""/);
  if (process.env.GUARD_MAIL_FILE) writeFileSync(process.env.GUARD_MAIL_FILE, html);
});

const slackSchema = z.looseObject({
  channel: z.string(),
  attachments: z.array(
    z.looseObject({
      color: z.string(),
      title: z.string(),
      text: z.string(),
      actions: z.array(z.object({ type: z.string(), text: z.string(), url: z.string() })),
    }),
  ),
});
const pagerSchema = z.looseObject({
  routing_key: z.string(),
  event_action: z.string(),
  dedup_key: z.string(),
  client: z.string().optional(),
  links: z.array(z.object({ href: z.string(), text: z.string() })).optional(),
  payload: z
    .looseObject({
      summary: z.string(),
      severity: z.string(),
      custom_details: z.record(z.string(), z.string()),
    })
    .optional(),
});
const webhookSchema = z.looseObject({
  version: z.string(),
  alerts: z.array(
    z.looseObject({
      fingerprint: z.string(),
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()),
    }),
  ),
});
