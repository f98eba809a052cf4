// The real analyzer, the real `guard` and a real Prometheus as processes of their own, for the tests of this folder.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const ANALYZER = join(import.meta.dirname, '..', 'main.ts');
const GUARD = join(import.meta.dirname, '..', 'cli', 'main.ts');
const START_TIMEOUT_MS = 60_000;

export interface RunningProcess {
  readonly url: string;
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>;
}

export interface AnalyzerFiles {
  readonly config: string;
  readonly storage: string;
  readonly prometheusUrl: string;
}

export async function startAnalyzer(files: AnalyzerFiles): Promise<RunningProcess> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [
      ANALYZER,
      `--config.file=${files.config}`,
      `--storage.path=${files.storage}`,
      `--prometheus.url=${files.prometheusUrl}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  return ready(child, `http://127.0.0.1:${port}`, '/-/healthy');
}

export async function startPrometheus(config: string, data: string): Promise<RunningProcess> {
  const port = await freePort();
  const listen = `127.0.0.1:${port}`;
  const child = spawn(
    'prometheus',
    [`--config.file=${config}`, `--storage.tsdb.path=${data}`, `--web.listen-address=${listen}`],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  return ready(child, `http://${listen}`, '/-/ready');
}

async function ready(child: ChildProcess, url: string, path: string): Promise<RunningProcess> {
  let log = '';
  child.stderr?.on('data', (chunk) => {
    log = `${log}${chunk}`.slice(-4_000);
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const until = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < until && child.exitCode === null) {
    const answer = await fetch(url + path).catch(() => undefined);
    await answer?.text();
    if (answer?.ok) {
      return {
        url,
        async kill(signal) {
          child.kill(signal);
          await ended;
        },
      };
    }
    await sleep(50);
  }
  child.kill('SIGKILL');
  throw new Error(`${url} does not come up: ${log}`);
}

/** Standard output of the real command; rejects with what it says when it fails. */
export function guard(...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [GUARD, ...args], (error, stdout, stderr) => {
      if (error) reject(new Error(stderr || error.message));
      else resolve(stdout);
    });
  });
}

export function webhookBody(alerts: readonly object[], truncatedAlerts = 0): string {
  return JSON.stringify({
    version: '4',
    groupKey: '{}',
    truncatedAlerts,
    receiver: 'guard',
    alerts,
  });
}

/** The status code. */
export async function postJson(url: string, body: string): Promise<number> {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body });
  await response.text();
  return response.status;
}

/** @throws {Error} with the last value when it never comes true. */
export async function eventually<T>(
  ask: () => Promise<T> | T,
  holds: (value: T) => boolean,
): Promise<T> {
  const until = Date.now() + START_TIMEOUT_MS;
  let value = await ask();
  while (!holds(value)) {
    if (Date.now() > until) throw new Error(`Never came true: ${JSON.stringify(value)}`);
    await sleep(200);
    value = await ask();
  }
  return value;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
