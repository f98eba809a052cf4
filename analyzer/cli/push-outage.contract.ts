// The whole way of a pushed sample with real servers: target → agent as `guard agent-config` writes it → central Prometheus,
// which is killed and comes back. The target counts its scrapes, so that a lost sample is a missing number.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const MAIN = join(import.meta.dirname, 'main.ts');
const METRIC = 'guard_test_scrapes_total';
const STEP_TIMEOUT_MS = 90_000;
const POLL_MS = 250;
const SCRAPES_BEFORE = 3;
const HOST = '127.0.0.1';

export interface OutageReport {
  /** Numbers that the target gave out, in the order and as often as the central server has them. */
  readonly received: readonly number[];
  /** How many of them were given out while the central server was down. */
  readonly duringOutage: number;
  /** The instance label of the series. */
  readonly instance: string;
  readonly catchUpMs: number;
}

/** @param outageMs how long the central server is gone. Everything it started has ended when it answers. */
export async function measureOutage(outageMs: number): Promise<OutageReport> {
  const folder = mkdtempSync(join(tmpdir(), 'guard-push-'));
  const target = await startTarget();
  const servers: ChildProcess[] = [];
  const ports = { central: await freePort(), agent: await freePort() };
  const central = () => startCentral(folder, ports.central, servers);
  try {
    const first = await central();
    await startAgent({ folder, ports, exporter: `${HOST}:${target.port}` }, servers);
    await until(async () => (await received(ports.central)).numbers.length >= SCRAPES_BEFORE);
    await kill(first);
    const before = target.scrapes();
    await sleep(outageMs);
    const during = target.scrapes();
    await central();
    const back = performance.now();
    await until(async () => (await received(ports.central)).numbers.includes(during + 1));
    const { numbers, instance } = await received(ports.central);
    const catchUpMs = performance.now() - back;
    return { received: numbers, duringOutage: during - before, instance, catchUpMs };
  } finally {
    await Promise.all(servers.map(kill));
    target.server.close();
    target.server.closeAllConnections();
    rmSync(folder, { recursive: true });
  }
}

async function startTarget() {
  let scrapes = 0;
  const server: Server = createServer((_request, response) => {
    scrapes += 1;
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    response.end(`# TYPE ${METRIC} counter\n${METRIC} ${scrapes}\n`);
  });
  return { server, port: await listen(server), scrapes: () => scrapes };
}

async function startCentral(folder: string, port: number, servers: ChildProcess[]) {
  const configFile = join(folder, 'central.yml');
  writeFileSync(configFile, 'global: {scrape_interval: 1m}\n');
  const server = spawn(
    'prometheus',
    [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(folder, 'central')}`,
      `--web.listen-address=${HOST}:${port}`,
      '--web.enable-remote-write-receiver',
    ],
    { stdio: 'ignore' },
  );
  servers.push(server);
  await until(() => isReady(port));
  return server;
}

interface AgentOptions {
  readonly folder: string;
  readonly ports: { readonly central: number; readonly agent: number };
  readonly exporter: string;
}

/** Runs exactly the command line that the CLI prints, in a shell as an operator would. */
async function startAgent(options: AgentOptions, servers: ChildProcess[]): Promise<void> {
  const { folder, ports, exporter } = options;
  const dataFolder = join(folder, "agent's data");
  mkdirSync(dataFolder);
  const command = execFileSync(
    process.execPath,
    [
      MAIN,
      'agent-config',
      `--remote-write-url=http://${HOST}:${ports.central}/api/v1/write`,
      `--exporter=${exporter}`,
      '--instance=host-behind-nat',
      '--scrape-interval=1s',
      `--data=${dataFolder}`,
      `--listen=${HOST}:${ports.agent}`,
      `--output=${join(folder, 'agent.yml')}`,
    ],
    { encoding: 'utf8' },
  );
  servers.push(spawn('sh', ['-c', `exec ${command}`], { stdio: 'ignore' }));
  await until(() => isReady(ports.agent));
}

async function received(port: number): Promise<{ numbers: number[]; instance: string }> {
  const url = `http://${HOST}:${port}/api/v1/query?query=${METRIC}[1h]`;
  const body = (await (await fetch(url)).json()) as QueryAnswer;
  const series = body.data.result[0];
  const numbers = series?.values.map(([, value]) => Number(value)) ?? [];
  return { numbers, instance: series?.metric.instance ?? '' };
}

interface QueryAnswer {
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly values: readonly (readonly [number, string])[];
    }[];
  };
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://${HOST}:${port}/-/ready`)).ok;
  } catch {
    return false;
  }
}

async function until(ask: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + STEP_TIMEOUT_MS;
  while (performance.now() < deadline) {
    if (await ask()) return;
    await sleep(POLL_MS);
  }
  throw new Error(`Not within ${STEP_TIMEOUT_MS} ms: ${ask}`);
}

/** As a power cut does it: no farewell, no flushing. */
function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGKILL');
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, HOST, () => resolve((server.address() as AddressInfo).port));
  });
}
