// `guard logs rotate`: archives the log files of applications and says what was done with each.
import { Command } from 'commander';
import { loadConfig } from '../../service/config.ts';
import { type LogDirectory, logsSchema } from './logs-config.ts';
import { findWriters, lockFolder } from './logs-lock.ts';
import { type FileOutcome, rotateLogs } from './rotate-logs.ts';
import { CliError } from './terminal.ts';

interface Flags {
  readonly config: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function logsCommand(): Command {
  const rotate = new Command('rotate')
    .description(
      'Compresses log files that nobody writes to any more, removes archives that are too old',
    )
    .requiredOption('--config <file>', 'which folders and files (docs/logging.md)')
    .option('--dry-run', 'only say what would be done')
    .option('--json', 'one JSON object for each file')
    .action(rotateAll);
  return new Command('logs').description('Works on log files').addCommand(rotate);
}

async function rotateAll({ config, dryRun = false, json = false }: Flags): Promise<void> {
  const { directories } = loadConfig(logsSchema, config);
  const options = { dryRun, now: Date.now() / 1000, writers: await findWriters() };
  const outcomes: FileOutcome[] = [];
  const problems: string[] = [];
  for (const directory of directories) {
    try {
      outcomes.push(...(await locked(directory, dryRun, () => rotateLogs(directory, options))));
    } catch (error) {
      problems.push(
        error instanceof CliError
          ? error.message
          : `Cannot work on ${directory.path}: ${(error as Error).message}`,
      );
    }
  }
  const text = json ? outcomes.map((one) => JSON.stringify(one)) : describe(outcomes);
  if (text.length > 0) process.stdout.write(`${text.join('\n')}\n`);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  const isFailed = problems.length > 0 || outcomes.some(({ outcome }) => outcome === 'failed');
  if (isFailed) process.exitCode = 1;
}

async function locked<T>(
  { path }: LogDirectory,
  dryRun: boolean,
  work: () => Promise<T>,
): Promise<T> {
  if (dryRun) return work();
  const unlock = lockFolder(path);
  try {
    return await work();
  } finally {
    unlock();
  }
}

function describe(outcomes: readonly FileOutcome[]): string[] {
  const lines = outcomes.map(({ outcome, file, bytes, archivedBytes, archive, reason }) => {
    const size = archivedBytes === undefined ? `${bytes} B` : `${bytes} → ${archivedBytes} B`;
    const where = archive === undefined ? '' : ` → ${archive}`;
    const why = reason === undefined ? '' : `: ${reason}`;
    return `${outcome.replace('_', ' ').padEnd(13)} ${file}${where} (${size})${why}`;
  });
  const counts = new Map<string, number>();
  for (const { outcome } of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  const total = [...counts].map(([outcome, count]) => `${count} ${outcome.replace('_', ' ')}`);
  return [...lines, total.length === 0 ? 'nothing to do' : total.join(', ')];
}
