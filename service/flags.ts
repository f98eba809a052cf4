// Command-line flags in Prometheus' style, the same for every process of the product.
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from './duration.ts';
import type { ListenAddress } from './http-service.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogOptions } from './log.ts';
import type { LogFileOptions } from './log-file.ts';
import { parseSize } from './log-size.ts';

const LISTEN = /^(?:\[([0-9a-fA-F:.]+)\]|([^:]*)):(\d{1,5})$/;

export interface ServiceFlags {
  readonly 'config.file'?: string;
  readonly 'web.listenAddress': ListenAddress;
  readonly 'web.config.file'?: string;
  readonly 'log.level': LogOptions['level'];
  readonly 'log.format': LogOptions['format'];
  readonly 'log.file'?: string;
  readonly 'log.file.maxSize': number;
  readonly 'log.file.maxAge': number;
  readonly 'log.file.maxFiles': number;
  readonly 'log.file.maxTotalSize': number;
  readonly 'config.check'?: boolean;
}

/** The version of package.json, shown by --version and `*_build_info`. */
export function productVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** A command with the flags that every server has; each process adds its own. */
export function serviceCommand(name: string, description: string, port: number): Command {
  const command = new Command(name)
    .description(description)
    .version(productVersion())
    .option('--config.file <path>', 'YAML configuration; without it the defaults are used')
    .option('--config.check', 'validate the configuration and exit')
    .addOption(
      new Option('--web.listen-address <host:port>', 'address to listen on')
        .argParser(parseListenAddress)
        .default({ host: '0.0.0.0', port }, `0.0.0.0:${port}`),
    )
    .addOption(new Option('--log.level <level>').choices(LOG_LEVELS).default('info'))
    .addOption(new Option('--log.format <format>').choices(LOG_FORMATS).default('logfmt'))
    .allowExcessArguments(false)
    .showHelpAfterError('(--help lists the flags)');
  for (const option of logFileOptions()) command.addOption(option);
  return command;
}

/** What the flags say of the log file; undefined when logs go to standard error. */
export function logFileOf(flags: ServiceFlags): LogFileOptions | undefined {
  const path = flags['log.file'];
  if (path === undefined) return undefined;
  return {
    path,
    maxBytes: flags['log.file.maxSize'],
    maxAge: flags['log.file.maxAge'],
    maxFiles: flags['log.file.maxFiles'],
    maxTotalBytes: flags['log.file.maxTotalSize'],
  };
}

function logFileOptions(): Option[] {
  const size = (flag: string, text: string) => new Option(flag, text).argParser(parseSizeFlag);
  return [
    new Option('--log.file <path>', 'log into this file, rotated, instead of standard error'),
    size('--log.file.max-size <size>', 'rotate it when it is larger, 0 = never').default(
      100e6,
      '100MB',
    ),
    new Option('--log.file.max-age <duration>', 'rotate it when it is older, 0 = never')
      .argParser(parseDurationFlag)
      .default(86_400, '1d'),
    new Option('--log.file.max-files <count>', 'old files to keep, compressed; 0 = all')
      .argParser(parseCountFlag)
      .default(10),
    size('--log.file.max-total-size <size>', 'of the old files together, 0 = any').default(
      1e9,
      '1GB',
    ),
  ];
}

function parseSizeFlag(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined)
    throw new InvalidArgumentError(`expected a size such as 100MB, got "${text}"`);
  return bytes;
}

function parseDurationFlag(text: string): number {
  const seconds = parseDuration(text);
  if (seconds === undefined)
    throw new InvalidArgumentError(`expected a duration such as 1d, got "${text}"`);
  return seconds;
}

function parseCountFlag(text: string): number {
  if (!/^\d{1,6}$/.test(text))
    throw new InvalidArgumentError(`expected a number such as 10, got "${text}"`);
  return Number(text);
}

/** Only for a process that obeys it: accepting the flag and serving plain HTTP would be worse than refusing it. */
export function webConfigOption(): Option {
  return new Option(
    '--web.config.file <path>',
    "TLS, client certificates, users: YAML in exporter-toolkit's format; read again when it changes",
  );
}

/** `host:port`, `:port` for every interface, `[v6]:port`. */
export function parseListenAddress(text: string): ListenAddress {
  const match = LISTEN.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65_535) {
    throw new InvalidArgumentError(`expected host:port or :port, got "${text}"`);
  }
  return { host: match[1] ?? (match[2] || '0.0.0.0'), port };
}
