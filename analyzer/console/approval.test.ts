// A decision in the browser, for real: alert, dry run, approval, the command, and the proof from a real Prometheus.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  eventually,
  postJson,
  startAnalyzer,
  startPrometheus,
  webhookBody,
} from '../remediation/analyzer-process.contract.ts';
import { NO_BROWSER, openBrowser } from './browser.contract.ts';

const DIFF = '--- latency (before)\n+++ latency (after)\n-0.9\n+0.1\n';

/** A program whose latency is what a file says; the action puts another file in its place. */
async function startProgram(t: TestContext, folder: string): Promise<number> {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    const value = readFileSync(join(folder, 'latency'), 'utf8').trim();
    response.end(`# TYPE app_latency_seconds gauge\napp_latency_seconds ${value}\n`);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

function prepare(folder: string, port: number): void {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, 'playbooks'));
  write('good', '0.1\n');
  write('change.diff', DIFF);
  write(
    'prometheus.yml',
    `global: {scrape_interval: 1s}
scrape_configs:
- {job_name: app, static_configs: [{targets: ['127.0.0.1:${port}'], labels: {instance: 'localhost:10910'}}]}
`,
  );
  write(
    'playbooks/heal.yml',
    `name: heal
title: Put the good configuration in place
match: {kinds: [app_slow]}
steps: [Look at the latency, Put the good configuration in place]
mode: approve
risk: low
action:
  executor: command
  parameters: {argv: [/bin/cp, ${folder}/good, ${folder}/latency], dry_run: [/bin/cat, ${folder}/change.diff]}
limits: {cooldown: 1s}
verify: {promql: app_latency_seconds, settle: 6s, window: 5s}
`,
  );
  const commands = `[[/bin/cp, "*", "*"], [/bin/cat, "*"]]`;
  write(
    'analyzer.yml',
    `remediation: {playbooks: ${folder}/playbooks, allow: {hosts: [localhost], commands: ${commands}}}\n`,
  );
}

test('an action is approved in the browser, runs, and is proved there', {
  skip: NO_BROWSER,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-console-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'latency'), '0.9\n');
  prepare(folder, await startProgram(t, folder));
  const prometheus = await startPrometheus(join(folder, 'prometheus.yml'), join(folder, 'tsdb'));
  t.after(() => prometheus.kill('SIGKILL'));
  const analyzer = await startAnalyzer({
    config: join(folder, 'analyzer.yml'),
    storage: join(folder, 'store'),
    prometheusUrl: prometheus.url,
  });
  t.after(() => analyzer.kill('SIGTERM'));
  await eventually(
    async () => (await fetch(`${prometheus.url}/api/v1/query?query=app_latency_seconds`)).text(),
    (text) => text.includes('0.9'),
  );
  const browser = await openBrowser();
  t.after(() => browser.close());
  const page = await browser.open(`${analyzer.url}/#/actions`);
  await page.getByText('Nothing was proposed yet').waitFor();
  const alert = {
    status: 'firing',
    labels: { alertname: 'AppSlow', kind: 'app_slow', instance: 'localhost:10910' },
    startsAt: '2026-01-01T00:00:00.000Z',
    fingerprint: 'app_slow',
    generatorURL: '',
  };
  assert.equal(await postJson(`${analyzer.url}/api/v1/alertmanager`, webhookBody([alert])), 202);

  // Nobody loads the page again: what happens comes by the events.
  await page.getByRole('button', { name: 'Approve …' }).click();
  await page.getByRole('dialog').getByText('+0.1').waitFor();
  await page.getByLabel(/^Reason/).fill('the dry run looks right');
  await page.getByRole('button', { name: 'Approve', exact: true }).click();
  await page.getByText('local: the dry run looks right').waitFor();
  await page.locator('.detail').getByText('Improved', { exact: true }).waitFor();
  assert.equal(readFileSync(join(folder, 'latency'), 'utf8'), '0.1\n');
  const target = page.getByRole('row', { name: /^Target/ });
  assert.deepEqual((await target.innerText()).split(/\s+/), ['Target', '0.9', '0.1']);
  const history = page.getByRole('table', { name: 'History of this action' });
  assert.match(await history.innerText(), /approved[\s\S]*proved/i);
  await page.goto(`${analyzer.url}/#/actions/audit`);
  await page.getByText('Chain holds').waitFor();
  assert.deepEqual(browser.complaints(), []);
});
