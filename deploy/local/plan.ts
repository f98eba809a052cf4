// From flags to what runs: ports, URLs, command lines. Decides everything before the first process starts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildSpec } from './child.ts';
import { TOOLS } from './executables.ts';
import type { StartFlags } from './flags.ts';
import { answersAsPrometheus, checkPorts, clientHost, type PortWish } from './ports.ts';
import { findRuleFiles, renderPasteConfig, renderPrometheusConfig } from './prometheus-config.ts';
import { ensureTools } from './servers.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const RETENTION = '15d';

export interface Plan {
  readonly specs: readonly ChildSpec[];
  readonly urls: Urls;
  /** What the user has to know or do, before the table starts. */
  readonly notes: readonly string[];
}

export interface Urls {
  readonly prometheus: string;
  /** Undefined when alerts go nowhere. */
  readonly alertmanager: string | undefined;
  readonly exporter: string;
  readonly analyzer: string;
}

/**
 * Checks what has to be checked and writes prometheus.yml.
 * @throws with a message for the user: a port in use, a program missing, a Prometheus that does not answer.
 */
export async function makePlan(flags: StartFlags, say: (line: string) => void): Promise<Plan> {
  const external = flags['prometheus.url'];
  if (external !== undefined && !(await answersAsPrometheus(external))) {
    throw new Error(
      `--prometheus.url=${external}: no Prometheus answers there (GET ${external}/api/v1/query?query=1). ` +
        'Check the address; without the flag a Prometheus of our own is started',
    );
  }
  const ports = await checkPorts(flags.bind, portWishes(flags));
  const host = clientHost(flags.bind);
  const at = (server: string): string => `${host}:${ports.get(server)}`;
  const ownAlertmanager = ports.has('Alertmanager') ? `http://${at('Alertmanager')}` : undefined;
  const urls: Urls = {
    prometheus: external ?? `http://${at('Prometheus')}`,
    alertmanager: flags['alertmanager.url'] ?? ownAlertmanager,
    exporter: `http://${at('the exporter')}`,
    analyzer: `http://${at('the analyzer')}`,
  };
  const servers = await serverSpecs(flags, { urls, say });
  return { urls, specs: [...servers, ...guardSpecs(flags, urls)], notes: notesFor(flags, urls) };
}

/** Our own Alertmanager runs beside our own Prometheus; a Prometheus of somebody else has one already. */
function portWishes(flags: StartFlags): PortWish[] {
  const own = flags['prometheus.url'] === undefined;
  const ownAlertmanager = own && flags['alertmanager.url'] === undefined;
  const wish = (server: string, name: 'prometheus' | 'alertmanager' | 'exporter' | 'analyzer') => ({
    server,
    port: flags[`${name}.port`],
    flag: `--${name}.port`,
  });
  return [
    ...(own ? [wish('Prometheus', 'prometheus')] : []),
    ...(ownAlertmanager ? [wish('Alertmanager', 'alertmanager')] : []),
    wish('the exporter', 'exporter'),
    wish('the analyzer', 'analyzer'),
  ];
}

interface ServerOptions {
  readonly urls: Urls;
  readonly say: (line: string) => void;
}

async function serverSpecs(flags: StartFlags, { urls, say }: ServerOptions): Promise<ChildSpec[]> {
  if (flags['prometheus.url'] !== undefined) return [];
  const ownAlertmanager = flags['alertmanager.url'] === undefined;
  const files = await ensureTools({
    tools: [TOOLS.prometheus, ...(ownAlertmanager ? [TOOLS.alertmanager] : [])],
    logFile: join(flags['data.dir'], 'logs', 'apt.log'),
    say,
    offerDocker: true,
  });
  const prometheus = files.get(TOOLS.prometheus.name);
  const alertmanager = files.get(TOOLS.alertmanager.name);
  return [
    ...(prometheus === undefined ? [] : [prometheusSpec(prometheus, flags, urls)]),
    ...(alertmanager === undefined ? [] : [alertmanagerSpec(alertmanager, flags, urls)]),
  ];
}

function prometheusSpec(command: string, flags: StartFlags, urls: Urls): ChildSpec {
  const dataDir = flags['data.dir'];
  const configFile = join(dataDir, 'prometheus.yml');
  const targets = {
    exporter: new URL(urls.exporter).host,
    analyzer: new URL(urls.analyzer).host,
    prometheus: new URL(urls.prometheus).host,
    alertmanagerUrl: urls.alertmanager ?? '',
  };
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(configFile, renderPrometheusConfig(targets, findRuleFiles(join(ROOT, 'rules'))));
  return {
    name: 'prometheus',
    command,
    args: [
      `--config.file=${configFile}`,
      `--storage.tsdb.path=${join(dataDir, 'prometheus')}`,
      `--storage.tsdb.retention.time=${RETENTION}`,
      `--web.listen-address=${listenAddress(flags.bind, urls.prometheus)}`,
    ],
    readyUrl: `${urls.prometheus}/-/ready`,
    logFile: logFile(flags, 'prometheus'),
  };
}

function alertmanagerSpec(command: string, flags: StartFlags, urls: Urls): ChildSpec {
  const url = urls.alertmanager ?? '';
  return {
    name: 'alertmanager',
    command,
    args: [
      `--config.file=${join(ROOT, 'alertmanager', 'alertmanager.yml')}`,
      `--storage.path=${join(flags['data.dir'], 'alertmanager')}`,
      `--web.listen-address=${listenAddress(flags.bind, url)}`,
      // One Alertmanager has no peers to gossip with.
      '--cluster.listen-address=',
    ],
    readyUrl: `${url}/-/ready`,
    logFile: logFile(flags, 'alertmanager'),
  };
}

function guardSpecs(flags: StartFlags, urls: Urls): ChildSpec[] {
  const spec = (name: 'exporter' | 'analyzer', args: readonly string[]): ChildSpec => ({
    name,
    command: process.execPath,
    args: [
      join(ROOT, name, 'main.ts'),
      `--web.listen-address=${listenAddress(flags.bind, urls[name])}`,
      ...args,
    ],
    readyUrl: `${urls[name]}/-/ready`,
    logFile: logFile(flags, name),
    cwd: ROOT,
    // Code that need not be compiled again saves about 25 MB of resident memory and half a second.
    env: { NODE_COMPILE_CACHE: join(flags['data.dir'], 'compile-cache') },
  });
  const { alertmanager } = urls;
  return [
    spec('exporter', []),
    spec('analyzer', [
      `--prometheus.url=${urls.prometheus}`,
      `--storage.path=${join(flags['data.dir'], 'analyzer')}`,
      ...(alertmanager === undefined ? [] : [`--alertmanager.url=${alertmanager}`]),
    ]),
  ];
}

function notesFor(flags: StartFlags, urls: Urls): string[] {
  const notes: string[] = [];
  if (flags['prometheus.url'] !== undefined) {
    const targets = {
      exporter: new URL(urls.exporter).host,
      analyzer: new URL(urls.analyzer).host,
    };
    const text = renderPasteConfig(targets, findRuleFiles(join(ROOT, 'rules')));
    notes.push(
      `Add this to the configuration of ${urls.prometheus} and reload it (the analyzer sees nothing before):\n\n${text}`,
    );
  }
  if (urls.alertmanager === undefined) {
    notes.push(
      'No --alertmanager.url: findings are shown here and in Prometheus, alerts go nowhere',
    );
  }
  if (!/^(127\.|localhost$|::1$)/.test(flags.bind)) {
    notes.push(`--bind=${flags.bind}: everybody who reaches this address can read all of it`);
  }
  return notes;
}

function listenAddress(bind: string, url: string): string {
  return `${bind.includes(':') ? `[${bind}]` : bind}:${new URL(url).port}`;
}

function logFile(flags: StartFlags, name: string): string {
  return join(flags['data.dir'], 'logs', `${name}.log`);
}
