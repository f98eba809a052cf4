// A real Prometheus with a past: blocks made by promtool from series whose truth is known, and the real `guard` to ask it.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HOST = '127.0.0.1';
const MAIN = join(import.meta.dirname, 'main.ts');
const STEP_SECONDS = 300;
const DAY_SECONDS = 86_400;
const DAYS = 16;
const READY_TIMEOUT_MS = 60_000;
const COMMAND_TIMEOUT_MS = 110_000;

/** Unix seconds at which the past ends: a midnight, so that every run sees the same. */
export const END = 1_700_006_400;

export interface PastPrometheus {
  readonly url: string;
  stop(): Promise<void>;
}

export interface CommandResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param past OpenMetrics text; or else a day's rhythm, a filesystem that fills, a series that is too short, one that has ended. */
export async function startPastPrometheus(past = pastSeries()): Promise<PastPrometheus> {
  const folder = mkdtempSync(join(tmpdir(), 'guard-past-'));
  const [text, config] = [join(folder, 'past.om'), join(folder, 'prometheus.yml')];
  writeFileSync(text, past);
  writeFileSync(config, 'global: {scrape_interval: 1m}\n');
  const data = join(folder, 'data');
  execFileSync('promtool', ['tsdb', 'create-blocks-from', 'openmetrics', text, data], {
    stdio: 'ignore',
  });
  const port = await freePort();
  const flags = [
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}`,
    '--storage.tsdb.retention.time=100y',
    `--web.listen-address=${HOST}:${port}`,
  ];
  const server = spawn('prometheus', flags, { stdio: 'ignore' });
  const url = `http://${HOST}:${port}`;
  const stop = async () => {
    if (server.exitCode === null && server.signalCode === null) {
      const ended = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGKILL');
      await ended;
    }
    rmSync(folder, { recursive: true });
  };
  try {
    await ready(url);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

/** Runs `guard` as a process of its own, without a terminal. */
export function guard(...args: readonly string[]): Promise<CommandResult> {
  const env = { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8', COLUMNS: '80' };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [MAIN, ...args],
      { env, timeout: COMMAND_TIMEOUT_MS, maxBuffer: 64 * 1024 * 1024 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : Number(error.code);
        resolve({ status: Number.isInteger(code) ? code : -1, stdout, stderr });
      },
    );
  });
}

function pastSeries(): string {
  const start = END - DAYS * DAY_SECONDS;
  const wave = (time: number) => Math.sin((2 * Math.PI * (time % DAY_SECONDS)) / DAY_SECONDS);
  const noise = (time: number) => Math.sin(time / 777) * Math.cos(time / 1913);
  const series: [string, (time: number) => number | undefined][] = [
    ['orders{shop="eu"}', (time) => 400 + 300 * wave(time) + 20 * noise(time)],
    [
      'instance_mountpoint:guard_filesystem_used:ratio{instance="a",job="guard",mountpoint="/var"}',
      (time) => 0.5 + (0.38 * (time - start)) / (DAYS * DAY_SECONDS) + 0.002 * noise(time),
    ],
    ['short_lived{job="x"}', (time) => (time > END - 3600 ? 1 : undefined)],
    ['gone{job="x"}', (time) => (time < END - DAY_SECONDS ? noise(time) : undefined)],
  ];
  const lines = series.flatMap(([name, valueAt]) => {
    const samples: string[] = [`# TYPE ${name.replace(/\{.*/, '')} gauge`];
    for (let time = start; time <= END; time += STEP_SECONDS) {
      const value = valueAt(time);
      if (value !== undefined) samples.push(`${name} ${value} ${time}`);
    }
    return samples;
  });
  return `${lines.join('\n')}\n# EOF\n`;
}

async function ready(url: string): Promise<void> {
  const until = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < until) {
    const response = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (response?.ok) return;
    await sleep(200);
  }
  throw new Error(`Prometheus at ${url} is not ready after ${READY_TIMEOUT_MS} ms`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
