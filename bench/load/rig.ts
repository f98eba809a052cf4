// A Prometheus, a made-up fleet and the analyzers of its shards, each a process of its own on loopback; all ended whatever happens.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { formatDuration } from '../../service/duration.ts';
import { createRig } from '../exporter/rig.ts';
import type { FromExporters } from './exporters.ts';
import { type Fault, type FleetOptions, hostName } from './fleet.ts';

const LOOPBACK = '127.0.0.1';
const READY_TIMEOUT_MS = 120_000;
const REQUEST_TIMEOUT_MS = 30_000;
const ANALYZER = join(import.meta.dirname, '../../analyzer/main.ts');

export interface LoadOptions {
  readonly fleet: FleetOptions;
  readonly shards: number;
  /** Seconds. */
  readonly scrapeInterval: number;
  readonly cycleInterval: number;
  /** YAML keys of analyzer.yml beside those of the addresses. */
  readonly analyzer?: Readonly<Record<string, unknown>>;
}

export interface Running {
  readonly url: string;
  readonly pid: number;
}

export interface LoadRig {
  readonly prometheus: Running;
  readonly analyzers: readonly Running[];
  /** Folder of Prometheus' data. */
  readonly data: string;
  breakHost(fault: Fault): void;
  /** Unix seconds of the first sample that shows the fault of a host. */
  scrapedAt(host: number): number | undefined;
  end(): Promise<void>;
}

export async function startLoad(options: LoadOptions): Promise<LoadRig> {
  const folder = mkdtempSync(join(tmpdir(), 'guard-load-'));
  const rig = createRig();
  const scraped = new Map<number, number>();
  let exporters: ChildProcess | undefined;
  const end = async () => {
    exporters?.disconnect();
    await rig.end();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const fleet = await startExporters(options.fleet, scraped);
    exporters = fleet.child;
    const port = await freePort();
    const config = join(folder, 'prometheus.yml');
    writeFileSync(config, stringify(prometheusConfig(options, fleet.port)));
    const data = join(folder, 'data');
    const prometheus = await started(port, () =>
      rig.program('prometheus', [
        `--config.file=${config}`,
        `--storage.tsdb.path=${data}`,
        `--web.listen-address=${LOOPBACK}:${port}`,
        '--log.level=warn',
      ]),
    );
    const analyzers: Running[] = [];
    for (let index = 0; index < options.shards; index++)
      analyzers.push(await startAnalyzer(rig, options, { index, folder, prometheus }));
    return {
      ...{ prometheus, analyzers, data, end },
      breakHost: (fault) => void exporters?.send(fault),
      scrapedAt: (host) => scraped.get(host),
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function startExporters(fleet: FleetOptions, scraped: Map<number, number>) {
  const child = fork(join(import.meta.dirname, 'exporters.ts'), [JSON.stringify(fleet)]);
  const port = await new Promise<number>((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the exporters ended with ${code}`)));
    child.on('message', (message: FromExporters) => {
      if ('port' in message) resolve(message.port);
      else scraped.set(message.scraped.host, message.at);
    });
  });
  return { child, port };
}

/** Every host is a target of its own name, and all are asked at one address. */
function prometheusConfig({ fleet, scrapeInterval }: LoadOptions, port: number) {
  const interval = formatDuration(scrapeInterval);
  const hosts = Array.from({ length: fleet.hosts }, (_, host) => host);
  return {
    global: { scrape_interval: interval, scrape_timeout: interval },
    scrape_configs: [
      {
        job_name: 'latency-guard-exporter',
        static_configs: hosts.map((host) => ({
          targets: [`${hostName(host)}:10910`],
          labels: { __param_host: String(host) },
        })),
        relabel_configs: [
          { source_labels: ['__address__'], target_label: 'instance' },
          { target_label: '__address__', replacement: `${LOOPBACK}:${port}` },
        ],
      },
    ],
  };
}

async function startAnalyzer(
  rig: ReturnType<typeof createRig>,
  { shards, scrapeInterval, cycleInterval, analyzer }: LoadOptions,
  { index, folder, prometheus }: { index: number; folder: string; prometheus: Running },
): Promise<Running> {
  const port = await freePort();
  const config = join(folder, `analyzer-${index}.yml`);
  writeFileSync(
    config,
    stringify({
      ...analyzer,
      prometheus: {
        url: prometheus.url,
        timeout: '60s',
        scrape_interval: formatDuration(scrapeInterval),
      },
      cycle_interval: formatDuration(cycleInterval),
    }),
  );
  return started(port, () =>
    rig.program(process.execPath, [
      ANALYZER,
      `--config.file=${config}`,
      `--shard=${index}/${shards}`,
      `--storage.path=${join(folder, `analyzer-${index}`)}`,
      `--web.listen-address=${LOOPBACK}:${port}`,
      '--log.level=warn',
    ]),
  );
}

async function started(port: number, start: () => ChildProcess): Promise<Running> {
  const child = start();
  child.stdout?.pipe(process.stderr);
  child.stderr?.pipe(process.stderr);
  const url = `http://${LOOPBACK}:${port}`;
  const until = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < until) {
    const answer = await fetch(`${url}/-/healthy`).catch(() => undefined);
    if (answer?.ok === true && child.pid !== undefined) return { url, pid: child.pid };
    if (child.exitCode !== null) throw new Error(`what should listen on ${url} ended by itself`);
    await sleep(200);
  }
  throw new Error(`${url} did not answer in ${READY_TIMEOUT_MS / 1000} s`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

/** The samples of a /metrics, by the name and labels that precede their value. */
export async function readMetrics({ url }: Running): Promise<ReadonlyMap<string, number>> {
  const text = await read(`${url}/metrics`);
  const samples = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line): [string, number] => {
      const end = line.lastIndexOf(' ');
      return [line.slice(0, end), Number(line.slice(end + 1))];
    });
  return new Map(samples);
}

/** Once more where the connection was lost: a busy server closes those that it believes idle. */
export async function read(url: string): Promise<string> {
  const ask = async () => {
    const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS);
    return (await fetch(url, { signal, headers: { connection: 'close' } })).text();
  };
  return ask().catch(ask);
}

/** Of one process, from the kernel: the shell that started it has been replaced by it. */
export function readProcess({ pid }: Running): { cpuSeconds: number; residentBytes: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / 100,
    residentBytes: Number(resident ?? Number.NaN) * 1024,
  };
}
