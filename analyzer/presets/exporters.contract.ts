// A real Prometheus that scrapes real exporters on loopback, for the test of the presets. What is not installed here
// (cAdvisor, blackbox_exporter, YACE) is stood in for by a page with series as those programs document them.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const HOST = '127.0.0.1';
const READY_TIMEOUT_MS = 30_000;
const EXPORTER = new URL('../../exporter/main.ts', import.meta.url).pathname;

/** Debian's names and everybody else's. */
const PROGRAMS = {
  node: ['prometheus-node-exporter', 'node_exporter'],
  process: ['prometheus-process-exporter', 'process-exporter'],
} as const;

export interface Scraped {
  readonly url: string;
  stop(): Promise<void>;
}

/** The programs that this test needs and that are not installed. */
export function missingPrograms(): string[] {
  const found = (names: readonly string[]) => names.some((name) => which(name) !== undefined);
  return [['prometheus'], ...Object.values(PROGRAMS)].flatMap((names) =>
    found(names) ? [] : [names[0]!],
  );
}

/** node_exporter and process-exporter are relabelled as the presets advise: to one job and one instance. */
export async function startScraped(): Promise<Scraped> {
  const folder = mkdtempSync(join(tmpdir(), 'guard-presets-'));
  const children: ChildProcess[] = [];
  const pages = await servePages();
  const stop = async () => {
    await Promise.all(children.map(kill));
    pages.closeAllConnections();
    pages.close();
    rmSync(folder, { recursive: true, force: true });
  };
  const start = (program: string, ...args: string[]) =>
    children.push(spawn(program, args, { stdio: 'ignore', cwd: folder }));
  try {
    const [own, node, process_, prometheus] = await Promise.all([0, 0, 0, 0].map(freePort));
    start(process.execPath, EXPORTER, `--web.listen-address=${HOST}:${own}`);
    start(firstOf(PROGRAMS.node), `--web.listen-address=${HOST}:${node}`);
    start(
      firstOf(PROGRAMS.process),
      `-web.listen-address=${HOST}:${process_}`,
      '-procnames=node,prometheus',
    );
    const { port } = pages.address() as AddressInfo;
    const config = scrapeConfig({ own: own!, node: node!, process: process_!, pages: port });
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    start(
      'prometheus',
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      `--web.listen-address=${HOST}:${prometheus}`,
    );
    const url = `http://${HOST}:${prometheus}`;
    await waitUntilScraped(url);
    return { url, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function scrapeConfig(ports: Readonly<Record<'own' | 'node' | 'process' | 'pages', number>>) {
  const job = (name: string, port: number, more: object = {}) => ({
    job_name: name,
    static_configs: [{ targets: [`${HOST}:${port}`] }],
    ...more,
  });
  const relabelled = (exporter: string) => ({
    relabel_configs: [
      { target_label: 'job', replacement: 'host' },
      { source_labels: ['__address__'], regex: '(.*):.*', target_label: 'instance' },
      { target_label: 'exporter', replacement: exporter },
    ],
  });
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s' },
    scrape_configs: [
      job('latency-guard-exporter', ports.own),
      job('node', ports.node, relabelled('node')),
      job('process', ports.process, relabelled('process')),
      job('kubelet', ports.pages, { metrics_path: '/cadvisor' }),
      job('blackbox', ports.pages, { metrics_path: '/blackbox' }),
      job('yace', ports.pages, { metrics_path: '/yace' }),
    ],
  };
}

/** Rates need two samples, and the first scrape comes within a second. */
async function waitUntilScraped(url: string): Promise<void> {
  const deadline = performance.now() + READY_TIMEOUT_MS;
  const query = encodeURIComponent('count(count_over_time(up[30s]) >= 4 and up == 1)');
  while (performance.now() < deadline) {
    await sleep(250);
    const text = await fetch(`${url}/api/v1/query?query=${query}`).then(
      (response) => response.text(),
      () => '',
    );
    if (text.includes(',"6"]')) return;
  }
  throw new Error(
    `Not all six targets of ${url} were scraped four times within ${READY_TIMEOUT_MS} ms`,
  );
}

async function servePages(): Promise<Server> {
  const started = Date.now() / 1000;
  const server = createServer((request, response) => {
    response.setHeader('Content-Type', 'text/plain; version=0.0.4');
    const now = Date.now() / 1000;
    if (request.url === '/yace') response.end(yacePage());
    else
      response.end(request.url === '/cadvisor' ? cadvisorPage(now - started) : blackboxPage(now));
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  return server;
}

/** A resource of each service that deploy/compose/yace.yml asks for, with YACE's labels; the balancer also by target group. */
function yacePage(): string {
  const arn = (service: string) => `arn:aws:${service}:eu-central-1:1:shop`;
  const line = (metric: string, value: number, more = '') =>
    `aws_${metric}{account_id="1",name="${arn(metric.split('_', 1)[0]!)}",region="eu-central-1"${more}} ${value}`;
  return `${[
    'yace_cloudwatch_requests_total 168',
    line('ec2_cpuutilization_average', 57.3, ',dimension_InstanceId="i-1"'),
    line('ec2_cpucredit_balance_minimum', 144, ',dimension_InstanceId="i-1"'),
    line('ebs_burst_balance_minimum', 98, ',dimension_VolumeId="vol-1"'),
    line('rds_cpuutilization_average', 12, ',dimension_DBInstanceIdentifier="shop"'),
    line('rds_free_storage_space_minimum', 3.4e10, ',dimension_DBInstanceIdentifier="shop"'),
    line('rds_freeable_memory_minimum', 1.2e9, ',dimension_DBInstanceIdentifier="shop"'),
    line('rds_database_connections_maximum', 40, ',dimension_DBInstanceIdentifier="shop"'),
    line('rds_read_latency_average', 0.0004, ',dimension_DBInstanceIdentifier="shop"'),
    line('applicationelb_target_response_time_average', 0.12, ',dimension_TargetGroup=""'),
    line('applicationelb_target_response_time_average', 0.15, ',dimension_TargetGroup="tg/1"'),
    line('applicationelb_request_count_sum', 1200),
    line('applicationelb_httpcode_target_5_xx_count_sum', 6),
    line('ecs_cpuutilization_average', 140, ',dimension_ServiceName="web"'),
    line('ecs_memory_utilization_maximum', 61, ',dimension_ServiceName="web"'),
    line('sqs_approximate_age_of_oldest_message_maximum', 8, ',dimension_QueueName="orders"'),
    line('sqs_approximate_number_of_messages_visible_maximum', 3, ',dimension_QueueName="orders"'),
  ].join('\n')}\n`;
}

/** Names and labels as the kubelet's cAdvisor has them; the pause container (of Docker and of containerd) and a slice must be left out. */
function cadvisorPage(passed: number): string {
  const shop =
    'container="app",id="/kubepods/pod1/c1",image="shop:1",name="8f2c",namespace="shop",pod="app-1"';
  const pause =
    'container="POD",id="/kubepods/pod1/p",image="pause",name="1a",namespace="shop",pod="app-1"';
  const sandbox =
    'container="",id="/kubepods/pod1/s",image="pause",name="1b",namespace="shop",pod="app-1"';
  const slice = 'container="",id="/system.slice",image="",name="",namespace="",pod=""';
  const both = (name: string, value: number) =>
    [shop, pause, sandbox, slice].map((labels) => `${name}{${labels}} ${value}`).join('\n');
  return `${[
    both('container_cpu_usage_seconds_total', 0.5 * passed),
    both('container_cpu_system_seconds_total', 0.1 * passed),
    both('container_cpu_cfs_periods_total', 10 * passed),
    both('container_cpu_cfs_throttled_periods_total', 4 * passed),
    both('container_spec_cpu_quota', 100_000),
    both('container_spec_cpu_period', 100_000),
    both('container_memory_working_set_bytes', 6e8),
    both('container_memory_rss', 5e8),
    both('container_memory_swap', 0),
    both('container_spec_memory_limit_bytes', 1e9),
    both('container_start_time_seconds', 1.7e9),
    both('container_fs_usage_bytes', 5e9),
    both('container_fs_limit_bytes', 1e10),
  ].join('\n')}\n`;
}

function blackboxPage(now: number): string {
  return `probe_success 0\nprobe_duration_seconds 0.12\nprobe_ssl_earliest_cert_expiry ${now + 10 * 86_400}\n`;
}

function which(program: string): string | undefined {
  try {
    return execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}

function firstOf(names: readonly string[]): string {
  return names.find((name) => which(name) !== undefined) ?? names[0]!;
}

function kill(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  child.kill('SIGKILL');
  return once(child, 'exit');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
