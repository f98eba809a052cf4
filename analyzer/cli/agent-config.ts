// `guard agent-config`: writes the configuration of a Prometheus in agent mode, and says how to run it.
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../../service/duration.ts';
import { type AgentSettings, agentCommand, renderAgentConfig } from './agent-settings.ts';
import { CliError, shellCommand } from './terminal.ts';

const MIN_BUFFER_SECONDS = 600;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)=(.+)$/;
const MAX_LABELS = 32;

interface Flags {
  readonly remoteWriteUrl: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly exporter: string;
  readonly exporterHttps?: boolean;
  readonly exporterUsername?: string;
  readonly exporterPasswordFile?: string;
  readonly exporterCaFile?: string;
  readonly instance: string;
  readonly externalLabel: Readonly<Record<string, string>>;
  readonly scrapeInterval: number;
  readonly buffer: number;
  readonly data: string;
  readonly listen: string;
  readonly prometheusVersion: number;
  readonly output?: string;
}

export function agentConfigCommand(): Command {
  return new Command('agent-config')
    .description('Configures a Prometheus agent that pushes a host which cannot be scraped')
    .requiredOption(
      '--remote-write-url <url>',
      'of the central Prometheus: …/api/v1/write',
      parseUrl,
    )
    .option('--username <name>', 'for the central server')
    .option('--password-file <path>', 'file with the password of --username')
    .option('--ca-file <path>', 'authority of the central server, when it is not a public one')
    .option('--cert-file <path>', 'client certificate for the central server')
    .option('--key-file <path>', 'key of --cert-file')
    .option('--exporter <host:port>', 'our exporter', parseTarget, '127.0.0.1:10910')
    .option('--exporter-https', 'the exporter has a web configuration with TLS')
    .option('--exporter-username <name>', 'for the exporter')
    .option('--exporter-password-file <path>', 'file with the password of --exporter-username')
    .option('--exporter-ca-file <path>', "authority of the exporter's certificate")
    .option('--instance <name>', 'name of this host in the central server', hostname())
    .option('--external-label <name=value>', 'added to every series; repeatable', addLabel, {})
    .option('--scrape-interval <duration>', 'the rules count on 5s', parseInterval, 5)
    .option('--buffer <duration>', 'outage without loss (default 24h)', parseBuffer, 86_400)
    .option('--data <folder>', "the agent's buffer on disk", '/var/lib/prometheus/agent')
    .option('--listen <host:port>', "the agent's own port", parseTarget, '127.0.0.1:9095')
    .option('--prometheus-version <major>', 'of the agent, 2 or 3', parseMajor, 2)
    .option('--output <file>', 'write the configuration there instead of to standard output')
    .action((flags: Flags) => writeAgentConfig(flags));
}

function writeAgentConfig(flags: Flags): void {
  const yaml = renderAgentConfig(toSettings(flags));
  const command = shellCommand(
    agentCommand({
      configFile: flags.output === undefined ? 'agent.yml' : resolve(flags.output),
      dataFolder: flags.data,
      listen: flags.listen,
      bufferSeconds: flags.buffer,
      majorVersion: flags.prometheusVersion,
    }),
  );
  const text = `# Pushes this host to the central Prometheus. Run it with:\n# ${command}\n${yaml}`;
  if (flags.output === undefined) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFileSync(flags.output, text);
  } catch (error) {
    throw new CliError(`Cannot write the configuration: ${(error as Error).message}`);
  }
  process.stdout.write(`${command}\n`);
}

/** @throws {CliError} for flags that mean nothing without another one. */
function toSettings(flags: Flags): AgentSettings {
  const need = (has: unknown, wants: unknown, message: string) => {
    if ((has === undefined) !== (wants === undefined)) throw new CliError(message);
  };
  need(flags.username, flags.passwordFile, '--username and --password-file belong together');
  need(flags.certFile, flags.keyFile, '--cert-file and --key-file belong together');
  need(
    flags.exporterUsername,
    flags.exporterPasswordFile,
    '--exporter-username and --exporter-password-file belong together',
  );
  const { username, caFile, certFile, keyFile } = flags;
  return {
    remoteWriteUrl: flags.remoteWriteUrl,
    central: {
      username,
      passwordFile: absolute(flags.passwordFile),
      caFile: absolute(caFile),
      certFile: absolute(certFile),
      keyFile: absolute(keyFile),
    },
    exporter: flags.exporter,
    local: {
      https: flags.exporterHttps === true,
      username: flags.exporterUsername,
      passwordFile: absolute(flags.exporterPasswordFile),
      caFile: absolute(flags.exporterCaFile),
    },
    instance: flags.instance,
    externalLabels: flags.externalLabel,
    scrapeIntervalSeconds: flags.scrapeInterval,
  };
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : resolve(path);
}

/** Credentials in a URL would lie open in the file, and in Prometheus' pages. */
function parseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw new InvalidArgumentError(
      'expected a URL such as https://prometheus.example/api/v1/write',
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new InvalidArgumentError('expected no user in it: use --username and --password-file');
  }
  return text;
}

function parseTarget(text: string): string {
  if (/^(\[[0-9a-fA-F:.]+\]|[^\s:/]+):\d{1,5}$/.test(text)) return text;
  throw new InvalidArgumentError('expected host:port');
}

function addLabel(text: string, before: Readonly<Record<string, string>>) {
  const [, name = '', value = ''] = LABEL.exec(text) ?? [];
  if (name === '' || name.startsWith('__')) throw new InvalidArgumentError('expected name=value');
  const labels = { ...before, [name]: value };
  if (Object.keys(labels).length <= MAX_LABELS) return labels;
  throw new InvalidArgumentError(`more than ${MAX_LABELS} labels`);
}

function parseInterval(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds >= 1) return seconds;
  throw new InvalidArgumentError('expected a duration of at least 1s');
}

function parseBuffer(text: string): number {
  const seconds = parseDuration(text);
  if (seconds !== undefined && seconds >= MIN_BUFFER_SECONDS) return seconds;
  throw new InvalidArgumentError('expected a duration of at least 10m');
}

function parseMajor(text: string): number {
  if (text === '2' || text === '3') return Number(text);
  throw new InvalidArgumentError('expected 2 or 3');
}
