// `guard config check`: asks the process that will read a file whether it likes it. The halves do not import each other, so a child does.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { CliError } from './terminal.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CHECK_TIMEOUT_MS = 30_000;

interface Flags {
  readonly exporter?: boolean;
  readonly analyzer?: boolean;
}

export function configCommand(): Command {
  const check = new Command('check')
    .description('Validates a configuration file; every problem is told, exit code 1')
    .argument('<file>')
    .option('--exporter', 'it is an exporter.yml')
    .option('--analyzer', 'it is an analyzer.yml')
    .action((file: string, flags: Flags) => checkFile(file, flags));
  return new Command('config').description('Works on configuration files').addCommand(check);
}

function checkFile(file: string, { exporter, analyzer }: Flags): void {
  if ((exporter === true) === (analyzer === true)) {
    throw new CliError('Say what the file is for: either --exporter or --analyzer');
  }
  const half = exporter === true ? 'exporter' : 'analyzer';
  const main = join(ROOT, half, 'main.ts');
  if (!existsSync(main)) throw new CliError(`The ${half} is not installed here: no ${main}`);
  const args = [main, '--config.check', `--config.file=${file}`];
  const child = spawnSync(process.execPath, args, { stdio: 'inherit', timeout: CHECK_TIMEOUT_MS });
  if (child.error) throw new CliError(`Cannot run the ${half}: ${child.error.message}`);
  process.exitCode = child.status ?? 1;
}
