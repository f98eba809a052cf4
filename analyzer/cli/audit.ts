// `guard audit verify`: reads the store itself, so that the analyzer need not be believed.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { ConfigError } from '../../service/config.ts';
import { storeSchema } from '../store/config.ts';
import { StoreUnavailableError } from '../store/database.ts';
import { DATABASE_FILE } from '../store/sqlite.ts';
import { createPostgresqlStore, createStore, type Store } from '../store/store.ts';
import { print } from './findings.ts';
import { type Output, outputOption } from './options.ts';
import { CliError } from './terminal.ts';

interface Flags {
  readonly 'storage.path'?: string;
  readonly 'store.url'?: string;
  /** As commander writes it. */
  readonly 'store.passwordFile'?: string;
  readonly output: Output;
}

export function auditCommand(): Command {
  const verify = new Command('verify')
    .description('Checks the hash chain of the audit log; exit code 1 when it is broken')
    .option('--storage.path <folder>', "the analyzer's folder, where the store is SQLite")
    .option('--store.url <url>', 'the store in PostgreSQL, as in analyzer.yml')
    .option('--store.password-file <file>', 'the password for --store.url')
    .addOption(outputOption())
    .action((flags: Flags) => verifyAudit(flags));
  return new Command('audit').description('Works on the audit log').addCommand(verify);
}

async function verifyAudit(flags: Flags): Promise<void> {
  const { name, store } = openStore(flags);
  try {
    const report = await store.audit.verify();
    if (report.problem !== undefined) throw new CliError(`${name}: ${report.problem}`);
    print(flags.output, report, () => [
      `${report.entries} entries, the chain holds, the last hash is ${report.head}`,
    ]);
  } catch (error) {
    if (!(error instanceof StoreUnavailableError)) throw error;
    throw new CliError(`${name}: ${error.message}`, 2);
  } finally {
    await store.close();
  }
}

function openStore(flags: Flags): { readonly name: string; readonly store: Store } {
  const { 'storage.path': folder, 'store.url': url, 'store.passwordFile': passwordFile } = flags;
  if ((folder === undefined) === (url === undefined))
    throw new CliError('Give one of --storage.path and --store.url', 2);
  if (folder !== undefined) {
    const file = join(folder, DATABASE_FILE);
    if (!existsSync(file))
      throw new CliError(`There is no ${file}: is it the analyzer's folder?`, 2);
    return { name: file, store: createStore(folder) };
  }
  const parsed = storeSchema.safeParse({ url, password_file: passwordFile });
  if (!parsed.success)
    throw new ConfigError(
      parsed.error.issues.map(({ path, message }) => `--store.${path.join('.')}: ${message}`),
    );
  const { url: checked = '', timeout } = parsed.data;
  const store = createPostgresqlStore({ url: checked, passwordFile, timeoutMs: timeout * 1000 });
  return { name: 'The store in PostgreSQL', store };
}
