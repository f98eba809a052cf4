// Ten times SIGKILL for each database at points that nobody chose: what was acknowledged is there, and nothing ran twice.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  clusterMissing,
  createCluster,
  writeSecret,
} from '../../exporter/sources/postgresql-cluster.contract.ts';
import { createPostgresqlStore, createStore, type Store } from '../store/store.ts';
import { guard, postJson, startAnalyzer, webhookBody } from './analyzer-process.contract.ts';

const KILLS = 10;
const PLAYBOOK = `name: note
title: Notes that it ran
match: {kinds: [note]}
steps: [Note it]
mode: auto
action: {executor: command, parameters: {argv: [NODE, FOLDER/note.mjs, "{{action_id}}"]}}
limits: {cooldown: 1s, rate: {count: 10000, per: 1h}, attempts: 1}
verify: {promql: up, settle: 1s, window: 5s}
`;

/** Answers every query with one value for whoever is asked about: the subject here is not Prometheus. */
async function startQueries() {
  const server = createServer((request, response) => {
    request.resume();
    const start = Number(URL.parse(request.url ?? '', 'http://x')?.searchParams.get('start') ?? 0);
    const result = request.url?.includes('query_range')
      ? [{ metric: {}, values: [[start, '1']] }]
      : [];
    const resultType = request.url?.includes('query_range') ? 'matrix' : 'vector';
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ status: 'success', data: { resultType, result } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function prepare(folder: string, store: string): void {
  mkdirSync(join(folder, 'playbooks'));
  const text = PLAYBOOK.replace('NODE', process.execPath).replace('FOLDER', folder);
  writeFileSync(join(folder, 'playbooks', 'note.yml'), text);
  writeFileSync(
    join(folder, 'note.mjs'),
    `import { appendFileSync } from 'node:fs';\nappendFileSync('${folder}/ran', process.argv[2] + '\\n');\n`,
  );
  writeFileSync(join(folder, 'ran'), '');
  const allow = `{hosts: ['host*'], commands: [['${process.execPath}', '${folder}/note.mjs', '*']]}`;
  writeFileSync(
    join(folder, 'analyzer.yml'),
    `remediation: {playbooks: ${folder}/playbooks, max_concurrent: 4, fleet: {max_share: 1}, unlock: {min_verdicts: 0, min_success: 0.000001}, allow: ${allow}}\nstore: {lease: 1s${store}}\n`,
  );
}

interface Backend {
  /** The part `store` of the configuration. */
  readonly config: string;
  open(folder: string): Store;
  /** For `guard audit verify`. */
  flags(folder: string): readonly string[];
}

const SQLITE: Backend = {
  config: '',
  open: createStore,
  flags: (folder) => [`--storage.path=${folder}`],
};

async function startPostgresql(context: TestContext): Promise<Backend> {
  const cluster = await createCluster();
  context.after(() => cluster.remove());
  await cluster.start();
  const admin = await cluster.connect();
  await admin.query(`create role guard login password 'secret'`);
  await admin.query('create database guard owner guard');
  await admin.end();
  const passwordFile = writeSecret(cluster.folder, 'secret');
  const url = `postgresql://guard@127.0.0.1:${cluster.port}/guard`;
  return {
    config: `, url: '${url}', password_file: ${passwordFile}`,
    open: () => createPostgresqlStore({ url, passwordFile, timeoutMs: 10_000 }),
    flags: () => [`--store.url=${url}`, `--store.password-file=${passwordFile}`],
  };
}

suite('killed again and again', { concurrency: true }, () => {
  test(`SQLite: ${KILLS} SIGKILLs lose no acknowledged alert and run no action twice`, (context) =>
    killAgainAndAgain(context, SQLITE));

  test(
    `PostgreSQL: ${KILLS} SIGKILLs lose no acknowledged alert and run no action twice`,
    { skip: clusterMissing() ?? false },
    async (context) => killAgainAndAgain(context, await startPostgresql(context)),
  );
});

async function killAgainAndAgain(context: TestContext, backend: Backend): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'guard-kill-'));
  context.after(() => rmSync(folder, { recursive: true }));
  prepare(folder, backend.config);
  const queries = await startQueries();
  context.after(() => queries.server.close());
  const storage = join(folder, 'store');
  const files = { config: join(folder, 'analyzer.yml'), storage, prometheusUrl: queries.url };
  const acknowledged: string[] = [];
  let next = 0;
  for (let round = 0; round < KILLS; round += 1) {
    const analyzer = await startAnalyzer(files);
    let alive = true;
    const sending = (async () => {
      while (alive) {
        const name = `host${next++}`;
        const alert = {
          status: 'firing',
          labels: { kind: 'note', instance: `${name}:1` },
          startsAt: '2026-01-01T00:00:00Z',
          fingerprint: name,
        };
        const answer = postJson(`${analyzer.url}/api/v1/alertmanager`, webhookBody([alert]));
        if ((await answer.catch(() => 0)) === 202) acknowledged.push(name);
        await sleep(20);
      }
    })();
    // After a kill the lease has to end first.
    await sleep(300 + Math.random() * 2_700);
    await analyzer.kill('SIGKILL');
    alive = false;
    await sending;
  }

  const store = backend.open(storage);
  context.after(() => store.close());
  const ids = await store.actions.list({ limit: 100_000 });
  const hosts = new Set([
    ...ids.map(({ host }) => host),
    ...(await store.alerts.waiting(100_000)).map(({ fingerprint }) => fingerprint),
  ]);
  assert.ok(acknowledged.length > KILLS, `${acknowledged.length} alerts were acknowledged`);
  assert.deepEqual(
    acknowledged.filter((name) => !hosts.has(name)),
    [],
  );
  assert.equal(new Set(ids.map(({ host }) => host)).size, ids.length, 'one action for each');
  const ran = readFileSync(join(folder, 'ran'), 'utf8').trim().split('\n');
  assert.ok(ran.length > 3, `${ran.length} actions ran`);
  assert.equal(new Set(ran).size, ran.length, 'none ran twice');
  const began = new Set(ids.filter(({ before }) => before !== undefined).map(({ id }) => id));
  assert.deepEqual(
    ran.filter((id) => !began.has(id)),
    [],
    'the intent of each was recorded',
  );
  context.diagnostic(`${acknowledged.length} acknowledged, ${ran.length} ran`);
  assert.match(await guard('audit', 'verify', ...backend.flags(storage)), /the chain holds/);
}
