// Two real analyzers on one store: one acts, the other waits and takes over, and nothing runs twice.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type Cluster,
  clusterMissing,
  createCluster,
} from '../../exporter/sources/postgresql-cluster.contract.ts';
import {
  eventually,
  postJson,
  type RunningProcess,
  startAnalyzer,
  webhookBody,
} from './analyzer-process.contract.ts';

const skip = clusterMissing() ?? false;
/** Notes its beginning, takes its time, notes its end: killed with its analyzer it has only begun. */
const PROGRAM = `
import { appendFileSync, existsSync } from 'node:fs';
const [, , id, host] = process.argv;
appendFileSync('FOLDER/ran', id + ' ' + host + '\\n');
if (host === 'slow') while (!existsSync('FOLDER/go')) await new Promise((resolve) => setTimeout(resolve, 50));
`;
const PLAYBOOK = `name: note
title: Notes that it ran
match: {kinds: [note]}
steps: [Note it]
mode: auto
action: {executor: command, parameters: {argv: [NODE, FOLDER/note.mjs, "{{action_id}}", "{{host}}"]}}
limits: {cooldown: 1s, rate: {count: 1000, per: 1h}, attempts: 1}
verify: {promql: up, settle: 1s, window: 5s}
`;

/** Everything that is asked for has the value 1: the subject here is not Prometheus. */
async function startQueries(context: TestContext): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    const start = Number(URL.parse(request.url ?? '', 'http://x')?.searchParams.get('start') ?? 0);
    const isRange = request.url?.includes('query_range') ?? false;
    const result = isRange ? [{ metric: {}, values: [[start, '1']] }] : [];
    const data = { resultType: isRange ? 'matrix' : 'vector', result };
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ status: 'success', data }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function prepare(context: TestContext, store: string) {
  const folder = mkdtempSync(join(tmpdir(), 'guard-leader-'));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'playbooks'));
  const fill = (text: string) =>
    text.replaceAll('NODE', process.execPath).replaceAll('FOLDER', folder);
  writeFileSync(join(folder, 'playbooks', 'note.yml'), fill(PLAYBOOK));
  writeFileSync(join(folder, 'note.mjs'), fill(PROGRAM));
  writeFileSync(join(folder, 'ran'), '');
  const allow = fill(`{hosts: ['*'], commands: [[NODE, FOLDER/note.mjs, '*', '*']]}`);
  const remediation = `{playbooks: ${folder}/playbooks, max_concurrent: 4, fleet: {max_share: 1}, unlock: {min_verdicts: 0, min_success: 0.000001}, allow: ${allow}}`;
  const config = join(folder, 'analyzer.yml');
  writeFileSync(config, `remediation: ${remediation}\nstore: {${store}}\n`);
  const prometheusUrl = await startQueries(context);
  return {
    ran: () => readFileSync(join(folder, 'ran'), 'utf8').trim().split('\n').filter(Boolean),
    go: () => writeFileSync(join(folder, 'go'), ''),
    async start(storage = 'store'): Promise<RunningProcess> {
      const files = { config, storage: join(folder, storage), prometheusUrl };
      const analyzer = await startAnalyzer(files);
      context.after(() => analyzer.kill('SIGKILL'));
      return analyzer;
    },
  };
}

const send = ({ url }: RunningProcess, host: string) => {
  const alert = {
    status: 'firing',
    labels: { kind: 'note', instance: `${host}:1` },
    startsAt: '2026-01-01T00:00:00Z',
    fingerprint: host,
  };
  return postJson(`${url}/api/v1/alertmanager`, webhookBody([alert]));
};

async function metric({ url }: RunningProcess, name: string): Promise<number | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = text.match(new RegExp(`^${name} (\\S+)$`, 'm'))?.[1];
  return value === undefined ? undefined : Number(value);
}

async function states({ url }: RunningProcess): Promise<Record<string, string>> {
  const answer = await fetch(`${url}/api/v1/actions?limit=100`);
  const { actions } = (await answer.json()) as { actions: { host: string; state: string }[] };
  return Object.fromEntries(actions.map(({ host, state }) => [host, state]));
}

const leads = (analyzer: RunningProcess, is: number) =>
  eventually(
    () => metric(analyzer, 'guard_actions_leader'),
    (value) => value === is,
  );

async function takeOver(context: TestContext, store: string): Promise<void> {
  const { ran, go, start } = await prepare(context, store);
  const first = await start();
  await leads(first, 1);
  const second = await start();
  assert.equal(await send(second, 'slow'), 202, 'who waits takes alerts as well');
  await eventually(ran, (lines) => lines.length === 1);
  assert.equal(await metric(second, 'guard_actions_leader'), 0);
  assert.equal((await states(second)).slow, 'running', 'and leaves alone what runs');
  await first.kill('SIGKILL');
  assert.equal(await send(second, 'other'), 202);
  await leads(second, 1);
  await eventually(
    () => states(second),
    ({ slow, other }) => slow === 'interrupted' && other === 'proved',
  );
  const third = await start();
  go();
  assert.equal(await metric(third, 'guard_actions_leader'), 0);
  await second.kill('SIGTERM');
  await leads(third, 1);
  assert.equal(await send(third, 'last'), 202);
  await eventually(
    () => states(third),
    ({ last }) => last === 'proved',
  );
  const hosts = ran().map((line) => line.split(' ')[1]);
  assert.deepEqual(hosts, ['slow', 'other', 'last'], 'each once');
}

async function startCluster(context: TestContext): Promise<{ cluster: Cluster; store: string }> {
  const cluster = await createCluster();
  context.after(() => cluster.remove());
  await cluster.start();
  // A socket is the way in that needs no password.
  const store = `url: 'postgresql://postgres@localhost:${cluster.port}/postgres?host=${cluster.folder}', timeout: 2s`;
  return { cluster, store };
}

// Mostly waiting: for the end of a lease.
suite('several analyzers on one store', { concurrency: true }, () => {
  test('SQLite: the other takes over what is left, and runs nothing twice', (context) =>
    takeOver(context, ''));

  test('a reload ends no action half-way: it is refused until the action is over', async (context) => {
    const { ran, go, start } = await prepare(context, '');
    const analyzer = await start();
    const reload = async () => {
      const answer = await fetch(`${analyzer.url}/-/reload`, { method: 'POST' });
      return `${answer.status} ${await answer.text()}`;
    };
    assert.equal(await send(analyzer, 'slow'), 202);
    await eventually(ran, (lines) => lines.length === 1);
    assert.match(await reload(), /^500 .*it would end 1 action.*half-way: try again/s);
    go();
    await eventually(reload, (text) => text.startsWith('200'));
    await eventually(
      () => states(analyzer),
      ({ slow }) => slow === 'proved',
    );
  });

  test('PostgreSQL: the other takes over what is left, and runs nothing twice', {
    skip,
  }, async (context) => {
    const { store } = await startCluster(context);
    await takeOver(context, store);
  });

  test('PostgreSQL away: nothing is acknowledged, what runs is told later, all by itself', {
    skip,
  }, async (context) => {
    const { cluster, store } = await startCluster(context);
    const { ran, go, start } = await prepare(context, store);
    await cluster.stop();
    const analyzer = await start();
    assert.equal(await send(analyzer, 'refused'), 503, 'it starts without its store');
    assert.equal(await metric(analyzer, 'guard_store_up'), 0);
    await cluster.start();
    await leads(analyzer, 1);
    assert.equal(await send(analyzer, 'slow'), 202);
    await eventually(ran, (lines) => lines.length === 1);
    await cluster.stop();
    go();
    await eventually(
      () => send(analyzer, 'refused'),
      (status) => status === 503,
    );
    // The program has ended meanwhile, and there is nowhere to say so.
    await sleep(1_000);
    await cluster.start();
    await eventually(
      () => states(analyzer),
      ({ slow, refused }) => slow === 'proved' && refused === undefined,
    );
    assert.equal(await metric(analyzer, 'guard_store_up'), 1);
  });
});
