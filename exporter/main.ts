// guard-exporter: flags and signals only; app.ts is the exporter.
import { Option } from 'commander';
import { ConfigError, loadConfig } from '../service/config.ts';
import { type ServiceFlags, serviceCommand } from '../service/flags.ts';
import { createLogger } from '../service/log.ts';
import { run } from '../service/run.ts';
import { createApp } from './app.ts';
import { PROCESS_BACKENDS } from './collectors/list.ts';
import { configSchema } from './config.ts';

interface ExporterFlags extends ServiceFlags {
  readonly 'path.procfs': string;
  readonly 'path.sysfs': string;
  readonly 'path.rootfs': string;
  readonly 'process.backend': (typeof PROCESS_BACKENDS)[number];
}

const DESCRIPTION = 'Tells Prometheus what this host and each group of its processes do';

process.title = 'guard-exporter';
const command = serviceCommand('guard-exporter', DESCRIPTION, 10910)
  .option('--path.procfs <path>', 'where procfs is mounted', '/proc')
  .option('--path.sysfs <path>', 'where sysfs is mounted', '/sys')
  .option('--path.rootfs <path>', "where the host's root is mounted, in a container", '/')
  .addOption(
    new Option('--process.backend <backend>', 'how processes are read')
      .choices(PROCESS_BACKENDS)
      .default('procfs'),
  );
const flags = command.parse().opts<ExporterFlags>();
if (flags['config.check']) checkConfig(flags['config.file']);
else await serve(flags);

function checkConfig(file: string | undefined): void {
  try {
    loadConfig(configSchema, file);
    process.stdout.write(`${file ?? 'defaults'}: valid\n`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

async function serve(flags: ExporterFlags): Promise<void> {
  const log = createLogger({
    name: 'guard-exporter',
    level: flags['log.level'],
    format: flags['log.format'],
  });
  const paths = {
    procfs: flags['path.procfs'],
    sysfs: flags['path.sysfs'],
    rootfs: flags['path.rootfs'],
  };
  const options = {
    configFile: flags['config.file'],
    listen: flags['web.listenAddress'],
    paths,
    processBackend: flags['process.backend'],
  };
  await run(() => createApp(options, { log }), log);
}
