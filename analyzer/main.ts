// The analyzer's command line: flags and signals only.
import { hostname } from 'node:os';
import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../service/duration.ts';
import { logFileOf, type ServiceFlags, serviceCommand, webConfigOption } from '../service/flags.ts';
import { openLogger } from '../service/log.ts';
import { exitUnstarted, run } from '../service/run.ts';
import { loadWebConfig } from '../service/web-config.ts';
import { checkConfig, createApp } from './app.ts';
import { parseShard, type Shard } from './pipeline/shard.ts';

interface Flags extends ServiceFlags {
  readonly 'prometheus.url'?: string;
  readonly 'alertmanager.url'?: string[];
  readonly 'cycle.interval'?: number;
  readonly shard?: Shard;
  readonly 'storage.path': string;
}

process.title = 'guard-analyzer';
const flags = serviceCommand('guard-analyzer', 'Analytics engine of Latency Guard', 10911)
  .option(
    '--prometheus.url <url>',
    'Prometheus-compatible server to ask (default http://127.0.0.1:9090)',
    parseUrl,
  )
  .option(
    '--alertmanager.url <url>',
    'Alertmanager to alert; repeat for each of a cluster',
    collectUrls,
  )
  .option('--cycle.interval <duration>', 'time between two cycles (default 5s)', parseInterval)
  .option(
    '--storage.path <folder>',
    'folder in which the analyzer keeps what it has learnt',
    'data/analyzer',
  )
  .addOption(
    new Option(
      '--shard <i/n>',
      'look after the i-th of n parts of the hosts, i from 0; auto/n takes i from the end of the host name (default 0/1, all)',
    )
      .env('GUARD_SHARD')
      .argParser(parseShardFlag),
  )
  .addOption(webConfigOption())
  .parse()
  .opts<Flags>();
const { 'log.level': level, 'log.format': format } = flags;
const log = await openLogger({ name: 'analyzer', level, format }, logFileOf(flags)).catch(
  exitUnstarted,
);
const overrides = {
  prometheusUrl: flags['prometheus.url'],
  alertmanagerUrls: flags['alertmanager.url'],
  cycleInterval: flags['cycle.interval'],
  shard: flags.shard,
};
const options = {
  configFile: flags['config.file'],
  overrides,
  listen: flags['web.listenAddress'],
  webConfigFile: flags['web.config.file'],
  storagePath: flags['storage.path'],
};

await run(() => {
  if (flags['config.check'] === true) {
    checkConfig(options);
    if (options.webConfigFile !== undefined) loadWebConfig(options.webConfigFile);
    process.stdout.write('configuration is valid\n');
    process.exit(0);
  }
  const monotonic = () => performance.now() / 1000;
  return createApp(options, { log, clock: () => Date.now() / 1000, monotonic });
}, log);

function parseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidArgumentError(`expected a URL such as http://127.0.0.1:9090, got "${text}"`);
  }
  return text.replace(/\/+$/, '');
}

function collectUrls(text: string, before: string[] = []): string[] {
  return [...before, parseUrl(text)];
}

function parseShardFlag(text: string): Shard {
  try {
    return parseShard(text, hostname());
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

function parseInterval(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined || seconds < 1) {
    throw new InvalidArgumentError(`expected a duration of at least 1s, got "${text}"`);
  }
  return seconds;
}
