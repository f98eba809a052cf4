// A real VictoriaMetrics and a real vmalert on loopback, for tests; Debian has both in the package victoria-metrics.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { endChild } from '../service/restarting-child.ts';
import type { NamedLabels } from './series-notation.contract.ts';

const READY_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 5_000;
const POLL_MS = 100;
const MAX_OUTPUT_CHARS = 10_000;

export interface Point {
  /** Unix seconds. */
  readonly at: number;
  readonly value: number;
}
export interface VmSeries extends NamedLabels {
  readonly points: readonly Point[];
}

export interface RunningServer {
  readonly url: string;
  stop(): Promise<void>;
}

export const isInstalled = (program: string): boolean =>
  spawnSync(program, ['--version']).error === undefined;

export async function startVictoriaMetrics(): Promise<RunningServer> {
  const folder = mkdtempSync(join(tmpdir(), 'guard-victoria-metrics-'));
  const server = await startServer('victoria-metrics', [
    `-storageDataPath=${folder}`,
    '-retentionPeriod=1y',
    '-search.latencyOffset=0s',
  ]);
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts a program that listens where `-httpListenAddr` says. @throws {Error} with its own words. */
export async function startServer(
  program: string,
  args: readonly string[],
): Promise<RunningServer> {
  const address = `127.0.0.1:${await freePort()}`;
  const child = spawn(program, [`-httpListenAddr=${address}`, ...args]);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-MAX_OUTPUT_CHARS);
    });
  }
  const url = `http://${address}`;
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    if (await answers(`${url}/health`)) return { url, stop: () => end(child) };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  await end(child);
  throw new Error(`${program} was not ready within ${READY_TIMEOUT_MS} ms: ${output}`);
}

/** Stores series of one test, kept apart from others by the label `test`, and makes them visible. */
export async function importSeries(
  url: string,
  test: string,
  series: readonly VmSeries[],
): Promise<void> {
  const lines = series.flatMap(({ name, labels, points }) => {
    const inside = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
    return points.map(
      ({ at, value }) => `${name}{${inside.join(',')}} ${textOf(value)} ${at * 1000}`,
    );
  });
  const target = `${url}/api/v1/import/prometheus?extra_label=test=${test}`;
  const response = await fetch(target, { method: 'POST', body: `${lines.join('\n')}\n` });
  if (!response.ok) throw new Error(`Import failed: ${response.status} ${await response.text()}`);
  await (await fetch(`${url}/internal/force_flush`)).text();
}

const answerSchema = z.looseObject({
  data: z.looseObject({
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        value: z.tuple([z.number(), z.string()]).optional(),
        values: z.array(z.tuple([z.number(), z.string()])).default([]),
      }),
    ),
  }),
});

export interface Span {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** What PromQL answers over a span, or at one moment, of the series of one test. @throws {Error} with the server's words. */
export async function query(
  url: string,
  { expr, test }: { expr: string; test: string },
  when: Span | number,
): Promise<VmSeries[]> {
  const path = typeof when === 'number' ? 'query' : 'query_range';
  const times =
    typeof when === 'number'
      ? { time: String(when) }
      : { start: String(when.from), end: String(when.to), step: `${when.step}s` };
  const form = new URLSearchParams({ query: expr, nocache: '1', ...times });
  form.set('extra_label', `test=${test}`);
  const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body: form });
  const text = await response.text();
  if (!response.ok) throw new Error(`${expr}: HTTP ${response.status} ${text}`);
  return answerSchema.parse(JSON.parse(text)).data.result.map(({ metric, value, values }) => {
    const { __name__: name = '', test: _, ...labels } = metric;
    const all = value === undefined ? values : [value];
    const points = all.map(([at, number]) => ({ at, value: numberOf(number) }));
    return { name, labels, points };
  });
}

const textOf = (value: number) => String(value).replace('Infinity', 'Inf');
const numberOf = (text: string) => Number(text.replace('Inf', 'Infinity'));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('No TCP port was given');
  return address.port;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

/** Nothing when it has ended by itself. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  await endChild(child, once(child, 'exit'), STOP_TIMEOUT_MS);
}
