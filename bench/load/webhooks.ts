// Load on the intake: webhooks at a fixed rate against a real analyzer, then a count of what is in the store.
// `node bench/load/webhooks.ts [--rate=1000] [--seconds=10] [--store.url=… --store.password-file=…]`; exit code 1 when a bar is missed.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { openPostgresql } from '../../analyzer/store/postgresql.ts';
import { openSqlite } from '../../analyzer/store/sqlite.ts';

const ANALYZER = join(import.meta.dirname, '..', '..', 'analyzer', 'main.ts');
/** As many as an Alertmanager cluster has busy at once; each webhook that finds none waits in this process. */
const CONNECTIONS = 64;
const START_TIMEOUT_MS = 60_000;
const ANSWER_TIMEOUT_MS = 10_000;
/** More than it needs for a quiet start, far less than 10,000 webhooks that are kept. */
const MAX_GROWTH_MB = 200;

const { values: flags } = parseArgs({
  options: {
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '10' },
    'store.url': { type: 'string' },
    'store.password-file': { type: 'string' },
  },
});
const [rate, seconds] = [Number(flags.rate), Number(flags.seconds)];
const folder = mkdtempSync(join(tmpdir(), 'guard-load-'));
const url = flags['store.url'];
const passwordFile = flags['store.password-file'];

interface Sent {
  readonly fingerprint: string;
  /** 0 when there was no answer. */
  readonly status: number;
  readonly ms: number;
}

/** A database may hold those of an earlier run. */
const runName = `load-${process.pid}-${Date.now()}`;
const port = await freePort();
const analyzer = startAnalyzer();
try {
  process.exitCode = (await measure()) ? 0 : 1;
} finally {
  analyzer.kill('SIGKILL');
  rmSync(folder, { recursive: true });
}

async function measure(): Promise<boolean> {
  await untilHealthy();
  const before = residentMb();
  const peak = { mb: before };
  const watch = setInterval(() => {
    peak.mb = Math.max(peak.mb, residentMb());
  }, 100);
  const started = performance.now();
  const sent = await sendAll();
  const elapsed = (performance.now() - started) / 1_000;
  clearInterval(watch);
  // Killed, not stopped: what was acknowledged has to be there all the same.
  analyzer.kill('SIGKILL');
  await new Promise((resolve) => analyzer.once('exit', resolve));
  const stored = await readStored();
  const acknowledged = sent.filter(({ status }) => status === 202);
  const lost = acknowledged.filter(({ fingerprint }) => !stored.has(fingerprint)).length;
  const times = acknowledged.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]?.toFixed(0) ?? '–';
  const counts = Object.entries(Object.groupBy(sent, ({ status }) => String(status)));
  const answers = counts.map(([status, list]) => `${status}: ${list?.length}`).join(', ');
  const rows = {
    store: url === undefined ? 'SQLite' : 'PostgreSQL',
    webhooks: `${sent.length} in ${elapsed.toFixed(1)} s, ${(sent.length / elapsed).toFixed(0)}/s`,
    answers,
    'answer time': `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, slowest ${at(0.9999)} ms`,
    lost: `${lost} of ${acknowledged.length} acknowledged`,
    memory: `${before.toFixed(0)} MB before, ${peak.mb.toFixed(0)} MB at most`,
  };
  for (const [name, text] of Object.entries(rows)) console.log(`${name.padEnd(12)} ${text}`);
  const isAnswered = sent.every(({ status }) => [202, 429, 503].includes(status));
  return lost === 0 && isAnswered && acknowledged.length > 0 && peak.mb - before < MAX_GROWTH_MB;
}

/** At their times, whether those before have been answered or not. */
async function sendAll(): Promise<Sent[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const started = performance.now();
  const answers: Promise<Sent>[] = [];
  while (answers.length < rate * seconds) {
    const due = ((performance.now() - started) / 1_000) * rate;
    while (answers.length < Math.min(due, rate * seconds))
      answers.push(send(agent, answers.length));
    await sleep(5);
  }
  const sent = await Promise.all(answers);
  agent.destroy();
  return sent;
}

function send(agent: Agent, index: number): Promise<Sent> {
  const fingerprint = `${runName}-${index}`;
  const body = webhook(fingerprint);
  const started = performance.now();
  return new Promise((resolve) => {
    const end = (status: number) =>
      resolve({ fingerprint, status, ms: performance.now() - started });
    const headers = {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    };
    const path = '/api/v1/alertmanager';
    const options = { agent, port, path, method: 'POST', headers, timeout: ANSWER_TIMEOUT_MS };
    const outgoing = request(options, (response) => {
      response.resume();
      response.once('end', () => end(response.statusCode ?? 0));
      response.once('error', () => end(0));
    });
    outgoing.once('timeout', () => outgoing.destroy());
    outgoing.once('error', () => end(0));
    outgoing.end(body);
  });
}

function webhook(fingerprint: string): string {
  const labels = {
    alertname: 'Load',
    instance: `${fingerprint}:9100`,
    job: 'node',
    severity: 'warning',
  };
  const startsAt = '2026-01-01T00:00:00Z';
  const alerts = [
    { status: 'firing', labels, startsAt, fingerprint, generatorURL: 'http://p/graph?g0.expr=up' },
  ];
  return JSON.stringify({
    version: '4',
    groupKey: '{}',
    truncatedAlerts: 0,
    receiver: 'guard',
    alerts,
  });
}

async function readStored(): Promise<ReadonlySet<string>> {
  const store =
    url === undefined
      ? openSqlite(join(folder, 'store'))
      : openPostgresql({ url, passwordFile, timeoutMs: 30_000 });
  try {
    const { rows } = await store.query('SELECT fingerprint FROM alerts');
    return new Set(rows.map(({ fingerprint }) => String(fingerprint)));
  } finally {
    await store.close();
  }
}

function startAnalyzer() {
  const config = join(folder, 'analyzer.yml');
  const password = passwordFile === undefined ? '' : `, password_file: ${passwordFile}`;
  writeFileSync(config, url === undefined ? '' : `store: {url: '${url}'${password}}\n`);
  const args = [
    ANALYZER,
    `--config.file=${config}`,
    `--storage.path=${join(folder, 'store')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--log.level=error',
  ];
  return spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] });
}

async function untilHealthy(): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < until && analyzer.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/-/healthy`).catch(() => undefined);
    await answer?.text();
    if (answer?.ok) return;
    await sleep(100);
  }
  throw new Error('The analyzer does not come up; what it says is above');
}

function residentMb(): number {
  const status = readFileSync(`/proc/${analyzer.pid}/status`, 'utf8');
  return Number(status.match(/^VmRSS:\s+(\d+) kB$/m)?.[1]) / 1_024;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}
