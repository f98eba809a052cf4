// `guard audit verify`: reads the store itself, so that the analyzer need not be believed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { DATABASE_FILE } from '../store/database.ts';
import { createStore } from '../store/store.ts';
import { print } from './findings.ts';
import { type Output, outputOption } from './options.ts';
import { CliError } from './terminal.ts';

interface Flags {
  readonly 'storage.path': string;
  readonly output: Output;
}

export function auditCommand(): Command {
  const verify = new Command('verify')
    .description('Checks the hash chain of the audit log; exit code 1 when it is broken')
    .requiredOption('--storage.path <folder>', "the analyzer's folder")
    .addOption(outputOption())
    .action((flags: Flags) => verifyAudit(flags));
  return new Command('audit').description('Works on the audit log').addCommand(verify);
}

function verifyAudit({ 'storage.path': folder, output }: Flags): void {
  const file = join(folder, DATABASE_FILE);
  if (!existsSync(file)) throw new CliError(`There is no ${file}: is it the analyzer's folder?`, 2);
  const store = createStore(folder);
  try {
    const report = store.audit.verify();
    if (report.problem !== undefined) throw new CliError(`${file}: ${report.problem}`);
    print(output, report, () => [
      `${report.entries} entries, the chain holds, the last hash is ${report.head}`,
    ]);
  } finally {
    store.close();
  }
}
