// `npm run package`: builds the artifacts of a release for this machine's architecture.
import { existsSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Command, Option } from 'commander';
import { buildArtifacts } from './build-artifacts.ts';
import { runCommand } from './command.ts';
import { COMPRESSIONS, type Compression } from './debian.ts';
import { sourceDate } from './source-date.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const CONSOLE_BUILD = join(ROOT, 'analyzer', 'console', 'build.ts');
const MEGABYTE = 1e6;

const { output, compression } = new Command('package')
  .description('Builds a Debian package and a tarball with everything in them, and their checksums')
  .option('--output <folder>', 'where to write them', join(ROOT, 'data', 'packages'))
  .addOption(
    new Option('--compression <name>', 'xz takes a minute and makes the smallest')
      .choices(COMPRESSIONS)
      .default('xz'),
  )
  .allowExcessArguments(false)
  .parse()
  .opts<{ output: string; compression: Compression }>();

try {
  if (existsSync(CONSOLE_BUILD)) {
    process.stderr.write('Building the console…\n');
    runCommand(process.execPath, [CONSOLE_BUILD], { cwd: ROOT });
  }
  const files = buildArtifacts({
    root: ROOT,
    outputFolder: output,
    compression,
    sourceDate: sourceDate(ROOT, process.env),
    say: (line) => process.stderr.write(`${line}\n`),
  });
  for (const file of files) {
    const megabytes = (statSync(file).size / MEGABYTE).toFixed(1);
    process.stdout.write(`${relative(process.cwd(), file)}  ${megabytes} MB\n`);
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
