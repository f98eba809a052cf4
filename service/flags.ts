// Command-line flags in Prometheus' style, the same for every process of the product.
import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { ListenAddress } from './http-service.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogOptions } from './log.ts';

const LISTEN = /^(?:\[([0-9a-fA-F:.]+)\]|([^:]*)):(\d{1,5})$/;

export interface ServiceFlags {
  readonly 'config.file'?: string;
  readonly 'web.listenAddress': ListenAddress;
  readonly 'web.config.file'?: string;
  readonly 'log.level': LogOptions['level'];
  readonly 'log.format': LogOptions['format'];
  readonly 'config.check'?: boolean;
}

/** The version of package.json, shown by --version and `*_build_info`. */
export function productVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

/** A command with the flags that every server has; each process adds its own. */
export function serviceCommand(name: string, description: string, port: number): Command {
  return new Command(name)
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
