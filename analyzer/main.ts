// The analyzer's command line: flags and signals only.
import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../service/duration.ts';
import { type ServiceFlags, serviceCommand, webConfigOption } from '../service/flags.ts';
import { createLogger } from '../service/log.ts';
import { run } from '../service/run.ts';
import { loadWebConfig } from '../service/web-config.ts';
import { createApp } from './app.ts';
import { loadAnalyzerConfig } from './config.ts';

interface Flags extends ServiceFlags {
  readonly 'prometheus.url'?: string;
  readonly 'alertmanager.url'?: string[];
  readonly 'cycle.interval'?: number;
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
  .addOption(webConfigOption())
  .parse()
  .opts<Flags>();
const log = createLogger({
  name: 'analyzer',
  level: flags['log.level'],
  format: flags['log.format'],
});
const overrides = {
  prometheusUrl: flags['prometheus.url'],
  alertmanagerUrls: flags['alertmanager.url'],
  cycleInterval: flags['cycle.interval'],
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
    loadAnalyzerConfig(options.configFile, overrides);
    if (options.webConfigFile !== undefined) loadWebConfig(options.webConfigFile);
    process.stdout.write('configuration is valid\n');
    process.exit(0);
  }
  return createApp(options, { log, clock: () => Date.now() / 1000 });
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

function parseInterval(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined || seconds < 1) {
    throw new InvalidArgumentError(`expected a duration of at least 1s, got "${text}"`);
  }
  return seconds;
}
