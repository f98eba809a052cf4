// The whole way for real: a program with a fault, Prometheus, a webhook, an approval by `guard`, ansible-playbook, the verdict.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  eventually,
  guard,
  postJson,
  startAnalyzer,
  startPrometheus,
  webhookBody,
} from './analyzer-process.contract.ts';
import { NO_ANSIBLE } from './executors/ansible-files.contract.ts';

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly playbook: string;
  readonly verdict?: string;
  readonly dryRun?: string;
  readonly decidedBy?: string;
  readonly reason: string;
}

/** The program's latency is what its own configuration file says; two peers that nobody touches are slow for good. */
async function startProgram(file: string) {
  const server = createServer((request, response) => {
    const value = request.url === '/target' ? readFileSync(file, 'utf8').trim() : '0.5';
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    response.end(`# TYPE app_latency_seconds gauge\napp_latency_seconds ${value}\n`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

function prometheusConfig(port: number): string {
  const jobs = [
    ['target', 'localhost:10910'],
    ['peer1', 'peer1:10910'],
    ['peer2', 'peer2:10910'],
  ].map(
    ([name, instance]) =>
      `- {job_name: ${name}, metrics_path: /${name}, static_configs: [{targets: ['127.0.0.1:${port}'], labels: {instance: '${instance}', job: app}}]}`,
  );
  return `global: {scrape_interval: 1s}\nscrape_configs:\n${jobs.join('\n')}\n`;
}

function playbookFile(folder: string, name: string, [to, back]: readonly [string, string]): string {
  const command = (value: string) =>
    `{executor: ansible, parameters: {playbook: ${folder}/set.yml, inventory: ${folder}/inventory, extra_vars: {value: '${value}'}}}`;
  return `name: ${name}
title: Set the program's latency
match: {kinds: [${name}]}
steps: [Set it by hand]
mode: approve
action: ${command(to)}
rollback: ${command(back)}
limits: {cooldown: 1s}
verify: {promql: app_latency_seconds, settle: 8s, window: 5s}
`;
}

function prepare(folder: string): void {
  mkdirSync(join(folder, 'playbooks'));
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('latency', '0.9\n');
  write('inventory', 'localhost ansible_connection=local\n');
  write(
    'set.yml',
    `- hosts: all\n  gather_facts: false\n  tasks:\n    - copy: {content: "{{ value }}\\n", dest: ${folder}/latency}\n`,
  );
  write('playbooks/heal.yml', playbookFile(folder, 'heal', ['0.1', '0.9']));
  write('playbooks/harm.yml', playbookFile(folder, 'harm', ['3.0', '0.1']));
  write(
    'analyzer.yml',
    `remediation: {playbooks: ${folder}/playbooks, allow: {hosts: [localhost], ansible_playbooks: [${folder}/set.yml]}}\n`,
  );
}

test('what helps is proved, what harms is rolled back', { skip: NO_ANSIBLE }, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-loop-'));
  context.after(() => rmSync(folder, { recursive: true }));
  prepare(folder);
  const program = await startProgram(join(folder, 'latency'));
  context.after(() => program.server.close());
  writeFileSync(join(folder, 'prometheus.yml'), prometheusConfig(program.port));
  const prometheus = await startPrometheus(join(folder, 'prometheus.yml'), join(folder, 'tsdb'));
  context.after(() => prometheus.kill('SIGKILL'));
  const storage = join(folder, 'store');
  const files = { config: join(folder, 'analyzer.yml'), storage, prometheusUrl: prometheus.url };
  const analyzer = await startAnalyzer(files);
  context.after(() => analyzer.kill('SIGTERM'));
  await eventually(
    async () => (await fetch(`${prometheus.url}/api/v1/query?query=app_latency_seconds`)).text(),
    (text) => ['0.9', 'peer1', 'peer2'].every((part) => text.includes(part)),
  );

  async function act(kind: string): Promise<Shown> {
    const ask = async (): Promise<Shown | undefined> => {
      const text = await guard('actions', `--analyzer.url=${analyzer.url}`, '--output=json');
      const { actions } = JSON.parse(text) as { actions: Shown[] };
      return actions.find(({ playbook }) => playbook === kind);
    };
    const alert = {
      status: 'firing',
      labels: { alertname: 'AppSlow', kind, instance: 'localhost:10910' },
      startsAt: '2026-01-01T00:00:00.000Z',
      fingerprint: kind,
      generatorURL: '',
    };
    const send = () => postJson(`${analyzer.url}/api/v1/alertmanager`, webhookBody([alert]));
    assert.equal(await send(), 202);
    assert.equal(await send(), 202, 'a repeat is taken as well');
    const waiting = await eventually(ask, (one) => one?.state === 'waiting');
    assert.match(waiting!.dryRun!, /^-0\.\d\n\+/m, 'the dry run shows the difference');
    const flags = [`--analyzer.url=${analyzer.url}`, '--reason=looks right'];
    assert.match(await guard('actions', 'approve', waiting!.id, ...flags), /is approved/);
    await assert.rejects(guard('actions', 'approve', waiting!.id, ...flags), /409/);
    const ended = await eventually(ask, (one) =>
      ['proved', 'rolled_back', 'failed', 'escalated', 'refused'].includes(one!.state),
    );
    return ended!;
  }

  const healed = await act('heal');
  assert.deepEqual([healed.state, healed.verdict], ['proved', 'improved'], healed.reason);
  assert.match(healed.reason, /2 untouched peers/);
  assert.match(healed.decidedBy!, /^local \(/);
  assert.equal(readFileSync(join(folder, 'latency'), 'utf8'), '0.1\n');

  const harmed = await act('harm');
  assert.deepEqual([harmed.state, harmed.verdict], ['rolled_back', 'worse'], harmed.reason);
  assert.equal(readFileSync(join(folder, 'latency'), 'utf8'), '0.1\n', 'as it was before');

  const metrics = await (await fetch(`${analyzer.url}/metrics`)).text();
  assert.match(
    metrics,
    /^guard_action_outcomes_total\{action="heal",kind="heal",verdict="improved"\} 1$/m,
  );
  assert.match(
    metrics,
    /^guard_action_outcomes_total\{action="harm",kind="harm",verdict="worse"\} 1$/m,
  );
  assert.match(await guard('audit', 'verify', `--storage.path=${storage}`), /the chain holds/);
});
