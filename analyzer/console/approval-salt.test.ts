// The whole bar in the browser with real tools: a fault, the alert, dry run, approval, a Salt state and an Ansible playbook, the proof.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Page } from 'playwright-core';
import {
  eventually,
  postJson,
  startAnalyzer,
  startPrometheus,
  webhookBody,
} from '../remediation/analyzer-process.contract.ts';
import { NO_ANSIBLE } from '../remediation/executors/ansible-files.contract.ts';
import { createSaltExecutor } from '../remediation/executors/salt.ts';
import type { SaltConfig } from '../remediation/executors/salt-api.ts';
import { NO_SALT, startSalt } from '../remediation/executors/salt-servers.contract.ts';
import { NO_BROWSER, openBrowser } from './browser.contract.ts';

const HOST = 'web1';
const STATES = {
  'latency.sls': `{{ pillar['file'] }}:\n  file.managed:\n    - contents: "{{ pillar['value'] }}"\n`,
};
const LIMITS = '{cooldown: 1s, rate: {count: 100, per: 1h}, attempts: 10}';
const VERIFY = '{promql: app_latency_seconds, settle: 6s, window: 5s}';

/** A program whose latency is what a file says. */
async function startProgram(t: TestContext, file: string): Promise<number> {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    const value = readFileSync(file, 'utf8').trim();
    response.end(`# TYPE app_latency_seconds gauge\napp_latency_seconds ${value}\n`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** JSON is YAML. */
function prepare(folder: string, port: number, salt: SaltConfig): void {
  const write = (name: string, value: object | string) =>
    writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value));
  const file = join(folder, 'latency');
  mkdirSync(join(folder, 'playbooks'));
  write('latency', '0.9\n');
  write('inventory', `${HOST} ansible_connection=local\n`);
  write(
    'set.yml',
    `- hosts: all\n  gather_facts: false\n  tasks:\n    - copy: {content: "{{ value }}\\n", dest: ${file}}\n`,
  );
  const bySalt = (value: string) =>
    `{executor: salt, parameters: {state: latency, pillar: {file: ${file}, value: '${value}'}}}`;
  const byAnsible = (value: string) =>
    `{executor: ansible, parameters: {playbook: ${folder}/set.yml, inventory: ${folder}/inventory, extra_vars: {value: '${value}'}}}`;
  const playbook = (name: string, action: string, rollback: string) =>
    write(
      `playbooks/${name}.yml`,
      `name: ${name}\ntitle: Set the latency\nmatch: {kinds: [${name}]}\nsteps: [Set it by hand]\nmode: approve\naction: ${action}\nrollback: ${rollback}\nlimits: ${LIMITS}\nverify: ${VERIFY}\n`,
    );
  playbook('heal_by_salt', bySalt('0.4'), bySalt('0.9'));
  playbook('heal_by_ansible', byAnsible('0.1'), byAnsible('0.4'));
  playbook('harm_by_salt', bySalt('3.0'), bySalt('0.1'));
  const labels = { instance: `${HOST}:10910` };
  const targets = [`127.0.0.1:${port}`];
  write('prometheus.yml', {
    global: { scrape_interval: '1s' },
    scrape_configs: [{ job_name: 'app', static_configs: [{ targets, labels }] }],
  });
  const ansible_playbooks = [join(folder, 'set.yml')];
  const allow = { hosts: [HOST], salt_states: ['latency'], ansible_playbooks };
  write('analyzer.yml', { remediation: { playbooks: join(folder, 'playbooks'), allow, salt } });
}

/** A minion that has just been accepted does not listen yet. */
async function warmUp(config: SaltConfig, file: string): Promise<void> {
  const executor = createSaltExecutor({ allowed: ['latency'], config });
  const parameters = { state: 'latency', pillar: { file, value: '0' } };
  const action = { id: 'warm-up', host: HOST, timeoutSeconds: 6, parameters };
  const { signal } = new AbortController();
  await eventually(
    () => executor.plan(action, signal).catch(() => undefined),
    (text) => text !== undefined,
  );
}

async function open(t: TestContext) {
  const salt = await startSalt(STATES);
  t.after(() => salt.stop());
  const folder = mkdtempSync(join(tmpdir(), 'guard-approval-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'latency');
  prepare(folder, await startProgram(t, file), salt.config);
  const prometheus = await startPrometheus(join(folder, 'prometheus.yml'), join(folder, 'tsdb'));
  t.after(() => prometheus.kill('SIGKILL'));
  const analyzer = await startAnalyzer({
    config: join(folder, 'analyzer.yml'),
    storage: join(folder, 'store'),
    prometheusUrl: prometheus.url,
  });
  t.after(() => analyzer.kill('SIGTERM'));
  await warmUp(salt.config, file);
  await eventually(
    async () => (await fetch(`${prometheus.url}/api/v1/query?query=app_latency_seconds`)).text(),
    (text) => text.includes('0.9'),
  );
  const browser = await openBrowser();
  t.after(() => browser.close());
  const page = await browser.open(`${analyzer.url}/#/actions`);
  return { page, analyzer, browser, latency: () => readFileSync(file, 'utf8').trim() };
}

interface Approval {
  readonly url: string;
  readonly kind: string;
  /** Lines of the dry run. */
  readonly diff: readonly string[];
  readonly verdict: string;
}

/** From the alert to the verdict, as a person does it. */
async function approve(page: Page, { url, kind, diff, verdict }: Approval): Promise<void> {
  const alert = {
    status: 'firing',
    labels: { alertname: 'AppSlow', kind, instance: `${HOST}:10910` },
    startsAt: '2026-01-01T00:00:00.000Z',
    fingerprint: kind,
    generatorURL: '',
  };
  assert.equal(await postJson(`${url}/api/v1/alertmanager`, webhookBody([alert])), 202);
  await page.getByRole('button', { name: 'Approve …' }).click();
  const dialog = page.getByRole('dialog');
  for (const line of diff) await dialog.getByText(line).first().waitFor();
  await page.getByLabel(/^Reason/).fill(`the dry run of ${kind} looks right`);
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await page.getByText(`local: the dry run of ${kind} looks right`).waitFor();
  await page.locator('.detail').getByText(verdict, { exact: true }).first().waitFor();
}

test('Salt and Ansible heal what a person approves in the browser, and what makes it worse is rolled back', {
  skip: NO_BROWSER || NO_SALT || NO_ANSIBLE,
}, async (t) => {
  const { page, analyzer, browser, latency } = await open(t);
  const { url } = analyzer;
  await approve(page, { url, kind: 'heal_by_salt', diff: ['-0.9', '+0.4'], verdict: 'Improved' });
  assert.equal(latency(), '0.4');
  await page
    .getByText(/Salt job \d{20} on web1/)
    .first()
    .waitFor();

  await approve(page, {
    url,
    kind: 'heal_by_ansible',
    diff: ['-0.4', '+0.1'],
    verdict: 'Improved',
  });
  assert.equal(latency(), '0.1');

  await approve(page, { url, kind: 'harm_by_salt', diff: ['-0.1', '+3.0'], verdict: 'Worse' });
  await page.locator('.detail').getByText('Rolled back', { exact: true }).first().waitFor();
  assert.equal(latency(), '0.1', 'as it was before');
  await page.goto(`${url}/#/actions/audit`);
  await page.getByText('Chain holds').waitFor();
  assert.deepEqual(browser.complaints(), []);
});
