// The command guard-exporter: flags and signals only; app.ts is the exporter. main.ts starts it.
import { Option } from 'commander';
import { ConfigError } from '../service/config-error.ts';
import { logFileOf, type ServiceFlags, serviceCommand, webConfigOption } from '../service/flags.ts';
import { openLogger } from '../service/log.ts';
import { exitUnstarted, run } from '../service/run.ts';
import { createApp } from './app.ts';
import { PROCESS_BACKENDS } from './collectors/list.ts';
import { readConfig } from './config-reader.ts';

interface ExporterFlags extends ServiceFlags {
  readonly 'path.procfs': string;
  readonly 'path.sysfs': string;
  readonly 'path.rootfs': string;
  readonly 'web.enableDebug'?: boolean;
  readonly 'process.backend': (typeof PROCESS_BACKENDS)[number];
}

const DESCRIPTION = 'Tells Prometheus what this host and each group of its processes do';

/** Checks the configuration, or serves until a signal. @param argv as in `process.argv` */
export async function runExporter(argv: readonly string[]): Promise<void> {
  process.title = 'guard-exporter';
  const command = serviceCommand('guard-exporter', DESCRIPTION, 10910)
    .option('--path.procfs <path>', 'where procfs is mounted', '/proc')
    .option('--path.sysfs <path>', 'where sysfs is mounted', '/sys')
    .option('--path.rootfs <path>', "where the host's root is mounted, in a container", '/')
    .addOption(
      new Option('--process.backend <backend>', 'how processes and the host are read')
        .choices(PROCESS_BACKENDS)
        .default(process.platform === 'linux' ? 'procfs' : 'portable'),
    )
    .addOption(webConfigOption())
    .option('--web.enable-debug', 'serve /debug/flamegraph, which records processes on request');
  const flags = command.parse(argv).opts<ExporterFlags>();
  if (flags['config.check']) await checkConfig(flags);
  else await serve(flags);
}

async function checkConfig(flags: ExporterFlags): Promise<void> {
  const file = flags['config.file'];
  const webFile = flags['web.config.file'];
  try {
    await readConfig(file);
    if (webFile !== undefined) await checkWebConfig(webFile);
    process.stdout.write(`${file ?? 'defaults'}: valid\n`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

async function checkWebConfig(file: string): Promise<void> {
  const { loadWebConfig } = await import('../service/web-config.ts');
  loadWebConfig(file);
}

async function serve(flags: ExporterFlags): Promise<void> {
  const { 'log.level': level, 'log.format': format } = flags;
  const log = await openLogger({ name: 'guard-exporter', level, format }, logFileOf(flags)).catch(
    exitUnstarted,
  );
  const paths = {
    procfs: flags['path.procfs'],
    sysfs: flags['path.sysfs'],
    rootfs: flags['path.rootfs'],
  };
  const options = {
    configFile: flags['config.file'],
    listen: flags['web.listenAddress'],
    webConfigFile: flags['web.config.file'],
    paths,
    processBackend: flags['process.backend'],
    enableDebug: flags['web.enableDebug'] ?? false,
  };
  await run(() => createApp(options, { log }), log);
}
