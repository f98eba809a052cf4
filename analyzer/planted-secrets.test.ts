// Secrets in every file that the configuration can name, a world that refuses everything, and then a look for them in all that is told.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { everyRoute } from './api/every-route.contract.ts';
import { configSchema } from './config.ts';
import { configOf, createVault, formsOf, OPERATOR, type Vault } from './planted-config.contract.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const START_MS = 60_000;
const WAIT_MS = 20_000;
/** Named by the configuration, and no secret. */
const OPEN_FILES = /\.(ca_file|cert_file|config_file|thresholds_file|alerts_file)$/;

const PLAYBOOKS: Readonly<Record<string, (url: string, token: string) => object>> = {
  awx: () => ({ job_template: 7 }),
  kubernetes: () => ({ verb: 'restart', namespace: 'shop', name: 'web' }),
  salt: () => ({ state: 'shop.restart' }),
  webhook: (url, token) => ({ url: `${url}/x`, bearer_token_file: token }),
};

function writePlaybooks(folder: string, url: string, vault: Vault): void {
  mkdirSync(join(folder, 'playbooks'));
  for (const [executor, parameters] of Object.entries(PLAYBOOKS)) {
    const name = `try_${executor}`;
    const action = { executor, parameters: parameters(url, vault.file('executor')) };
    const playbook = { name, title: 'Try', match: { kinds: [executor] }, steps: ['Try it'] };
    const text = JSON.stringify({ ...playbook, mode: 'approve', action });
    writeFileSync(join(folder, 'playbooks', `${name}.yml`), text);
  }
}

/** By dry runs, by questions of every cycle, and by messages about what waits for an approval. */
const TRIED = ['awx', 'kubernetes', 'salt', 'prometheus', 'hook', 'pagerduty', 'slack'];

/** Refuses everything, as a server does that was told the wrong password. */
function openRefusal(t: TestContext, seen: string[]): Promise<string> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    seen.push(`${request.url} ${request.headers.authorization} ${body}`);
    response.writeHead(401, { 'Content-Type': 'application/json' });
    response.end('{"error":"who are you?"}');
  });
  t.after(() => void server.close().closeAllConnections());
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    ),
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createTcpServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

interface Started {
  readonly url: string;
  readonly child: ChildProcess;
  readonly log: () => string;
}

async function start(t: TestContext, config: string, folder: string): Promise<Started> {
  const port = await freePort();
  const flags = [`--config.file=${config}`, `--storage.path=${join(folder, 'state')}`];
  const listen = [`--web.listen-address=127.0.0.1:${port}`, '--log.level=debug'];
  const child = spawn(process.execPath, [MAIN, ...flags, ...listen], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  t.after(async () => {
    child.kill('SIGKILL');
    await gone;
  });
  const url = `http://127.0.0.1:${port}`;
  const isUp = async () => (await fetch(`${url}/-/healthy`).catch(() => undefined))?.ok === true;
  const isOver = () => child.exitCode !== null;
  await until(async () => isOver() || (await isUp()), START_MS);
  assert.ok(!isOver(), log);
  return { url, child, log: () => log };
}

async function until(holds: () => Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (await holds()) return true;
    await sleep(100);
  }
  return false;
}

const alertOf = (kind: string) => ({
  ...{ status: 'firing', startsAt: new Date().toISOString(), fingerprint: kind },
  labels: { kind, instance: 'canary-host:10910', host: 'canary-host' },
});

/** All that an administrator, and all that a stranger, is told by every route. */
async function askEverything(t: TestContext, url: string): Promise<string> {
  const admin = { Authorization: `Bearer ${OPERATOR}` };
  const paths = everyRoute(t)
    .routes.filter(({ path }) => path !== '/api/v1/events')
    .map(({ path, method }) => ({ path: path.replaceAll(/:\w+/g, 'x'), method }));
  const fixed = [
    '/metrics',
    '/',
    '/-/ready',
    '/nothing',
    '/api/nothing',
    '/%',
    '/auth/callback?code=x',
  ];
  const all = [...paths, ...fixed.map((path) => ({ path, method: 'get' }))];
  let told = '';
  for (const { path, method } of all)
    for (const headers of [admin, {}, { Authorization: 'Bearer wrong' }]) {
      const type = method === 'get' ? {} : { 'Content-Type': 'application/json' };
      const answer = await fetch(url + path, {
        ...{ method: method.toUpperCase(), redirect: 'manual' },
        headers: { ...headers, ...type },
        ...(method === 'get' ? {} : { body: '{"broken' }),
        signal: AbortSignal.timeout(WAIT_MS),
      });
      told += `${path} ${JSON.stringify([...answer.headers])} ${await answer.text()}\n`;
    }
  return told;
}

test('no secret of any file is in logs, metrics, answers, stored state or arguments', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-planted-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const seen: string[] = [];
  const world = await openRefusal(t, seen);
  const vault = createVault(folder);
  vault.secrets.set('url', 'planted-url');
  vault.secrets.set('operator', OPERATOR);
  const config = join(folder, 'analyzer.yml');
  writeFileSync(config, JSON.stringify(configOf(vault, world, folder)));
  writePlaybooks(folder, world, vault);
  const { url, child, log } = await start(t, config, folder);
  const admin = { Authorization: `Bearer ${OPERATOR}`, 'Content-Type': 'application/json' };
  const alerts = Object.keys(PLAYBOOKS).map(alertOf);
  const body = JSON.stringify({ version: '4', alerts });
  const post = (path: string, sent: string) =>
    fetch(url + path, { method: 'POST', headers: admin, body: sent });
  assert.equal((await post('/api/v1/alertmanager', body)).status, 202);
  const actions = async () =>
    await (await fetch(`${url}/api/v1/actions`, { headers: admin })).text();
  const areThere = async () => (await actions()).split('"id"').length > alerts.length;
  assert.ok(await until(areThere, WAIT_MS), `${await actions()}\n${log()}`);
  const isTried = (name: string) =>
    formsOf(vault.secrets.get(name) ?? '').some((form) => seen.some((text) => text.includes(form)));
  await until(async () => TRIED.every(isTried), WAIT_MS);
  assert.deepEqual(
    TRIED.filter((name) => !isTried(name)),
    [],
    'each secret is sent where it belongs',
  );
  let told = await askEverything(t, url);
  writeFileSync(config, `${readFileSync(config, 'utf8').slice(0, -1)}, "unknown_key": 1}`);
  const reload = await post('/-/reload', '');
  assert.equal(reload.status, 500);
  told += await reload.text();
  const state = readdirSync(join(folder, 'state'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  const places = {
    log: log(),
    answers: told,
    state: state.join(''),
    arguments: readFileSync(`/proc/${child.pid}/cmdline`, 'latin1'),
  };
  assert.match(places.answers, /canary-host/, 'the look sees what is told');
  assert.match(places.state, /canary-host/);
  assert.match(places.log, /prometheus/i);
  for (const [name, secret] of vault.secrets) {
    assert.ok(secret.length >= 10, name);
    for (const form of formsOf(secret))
      for (const [place, text] of Object.entries(places))
        assert.ok(!text.includes(form), `the secret ${name} is in ${place}: ${around(text, form)}`);
  }
});

function around(text: string, part: string): string {
  const at = text.indexOf(part);
  return text.slice(Math.max(0, at - 200), at + 100);
}

/** Paths of all keys, of objects, lists and alternatives alike. */
function keysOf(schema: unknown, path = ''): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  return Object.entries(schema).flatMap(([key, value]) =>
    key === 'properties'
      ? Object.entries(value as object).flatMap(([name, own]) => [
          `${path}.${name}`,
          ...keysOf(own, `${path}.${name}`),
        ])
      : keysOf(value, path),
  );
}

test('every key that can name a secret has one planted', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'guard-planted-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const schema = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
  const wanted = keysOf(schema).filter((key) => key.endsWith('_file') && !OPEN_FILES.test(key));
  assert.ok(wanted.length >= 15);
  const text = JSON.stringify(configOf(createVault(folder), 'http://127.0.0.1:1', folder));
  // Others stand for these: alternatives of one another, read by the same lines.
  const stood = ['.store.password_file', '.prometheus.bearer_token_file'];
  const tickets = '.notify.tickets.servicenow.token_file';
  const missing = wanted
    .filter((key) => ![...stood, tickets].includes(key))
    .filter((key) => !text.includes(`"${key.split('.').at(-1)}"`));
  assert.deepEqual(missing, []);
});
