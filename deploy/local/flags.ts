// The flags of `npm start`, each also as an environment variable, checked before anything starts.
import { resolve } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { productVersion } from '../../service/flags.ts';

export interface StartFlags {
  readonly 'prometheus.url'?: string;
  readonly 'alertmanager.url'?: string;
  readonly 'prometheus.port': number;
  readonly 'alertmanager.port': number;
  readonly 'exporter.port': number;
  readonly 'analyzer.port': number;
  readonly 'data.dir': string;
  readonly bind: string;
  readonly demo?: boolean;
}

/** Parses the arguments after the script's name; prints and exits on --help and on mistakes. */
export function parseStartFlags(argv: readonly string[]): StartFlags {
  return startCommand().parse(argv, { from: 'user' }).opts<StartFlags>();
}

export function startCommand(): Command {
  const command = new Command('npm start --')
    .description(
      'Runs Latency Guard on this machine: exporter and analyzer, with Prometheus and Alertmanager',
    )
    .version(productVersion())
    .allowExcessArguments(false)
    .showHelpAfterError('(npm start -- --help lists the flags)')
    .option('--demo', 'also make this machine slow for a few minutes and show how it is found')
    .addOption(urlFlag('prometheus', 'use this Prometheus instead of starting one'))
    .addOption(urlFlag('alertmanager', 'use this Alertmanager instead of starting one'));
  for (const [server, port] of PORTS) command.addOption(portFlag(server, port));
  return command
    .addOption(
      new Option('--data.dir <folder>', 'where data and logs are kept')
        .env('GUARD_DATA_DIR')
        .argParser((text) => resolve(text))
        .default(resolve('data'), './data'),
    )
    .addOption(
      new Option('--bind <address>', 'address that every server listens on')
        .env('GUARD_BIND')
        .default('127.0.0.1'),
    );
}

const PORTS = [
  ['prometheus', 9090],
  ['alertmanager', 9093],
  ['exporter', 10910],
  ['analyzer', 10911],
] as const;

function portFlag(server: string, port: number): Option {
  return new Option(`--${server}.port <number>`, `port of the ${server}, 0 for any free one`)
    .env(`GUARD_${server.toUpperCase()}_PORT`)
    .argParser(parsePort)
    .default(port);
}

function urlFlag(server: string, description: string): Option {
  return new Option(`--${server}.url <url>`, description)
    .env(`GUARD_${server.toUpperCase()}_URL`)
    .argParser(parseUrl);
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new InvalidArgumentError('expected a port from 0 to 65535');
  }
  return port;
}

function parseUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new InvalidArgumentError('expected a URL such as http://127.0.0.1:9090');
  }
  if (url.username !== '') throw new InvalidArgumentError('user and password in a URL are refused');
  return text.replace(/\/+$/, '');
}
