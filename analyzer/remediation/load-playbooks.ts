// Reads the playbooks of a folder, and the ready ones behind them; every mistake of every file is told at once.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ConfigError, loadConfig } from '../../service/config.ts';
import type { Executors } from './executors/list.ts';
import type { Environment } from './mode.ts';
import { type LoadedPlaybook, type Playbook, playbookSchema } from './playbook.ts';

const READY = join(import.meta.dirname, 'playbooks');
const MAX_PLAYBOOKS = 500;

export interface PlaybookContext {
  readonly executors: Executors;
  readonly durable: boolean;
  /** Those that `modes` may name. */
  readonly environments: readonly Pick<Environment, 'name'>[];
}

/** @throws {ConfigError} */
export function loadPlaybooks(
  folder: string | undefined,
  options: PlaybookContext,
): LoadedPlaybook[] {
  const files = [...(folder === undefined ? [] : filesOf(folder)), ...filesOf(READY)];
  const problems: string[] = [];
  const loaded = files.flatMap((file) => {
    try {
      const playbook = loadConfig(playbookSchema, file);
      const found = problemsOf(playbook, { file, ...options });
      problems.push(...found);
      const digest = createHash('sha256').update(readFileSync(file)).digest('hex');
      return [{ playbook, digest }];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.message.split('\n'));
      return [];
    }
  });
  if (problems.length > 0) throw new ConfigError(problems);
  return loaded;
}

function filesOf(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  } catch (error) {
    throw new ConfigError([`remediation.playbooks: ${(error as Error).message}`]);
  }
  if (names.length > MAX_PLAYBOOKS)
    throw new ConfigError([`${folder}: ${names.length} playbooks, at most ${MAX_PLAYBOOKS}`]);
  return names.sort().map((name) => join(folder, name));
}

interface Context extends PlaybookContext {
  readonly file: string;
}

function problemsOf(playbook: Playbook, context: Context): string[] {
  const { file, executors, durable, environments } = context;
  const { name, mode, modes, action, rollback } = playbook;
  const problems: string[] = [];
  if (basename(file).replace(/\.ya?ml$/, '') !== name)
    problems.push(`${file}: name: expected the name of the file, got ${name}`);
  for (const unknown of Object.keys(modes))
    if (!environments.some((one) => one.name === unknown))
      problems.push(`${file}: modes: remediation.environments has no ${unknown}`);
  const acting = [mode, ...Object.values(modes)].find((one) => one === 'approve' || one === 'auto');
  if (!durable && acting !== undefined)
    problems.push(
      `${file}: mode: ${acting} needs --storage.path, or a restart would forget what has run`,
    );
  for (const [part, command] of Object.entries({ action, rollback })) {
    if (command === undefined) continue;
    const executor = Object.hasOwn(executors, command.executor)
      ? executors[command.executor]
      : undefined;
    if (executor === undefined) {
      const known = Object.keys(executors).join(', ');
      problems.push(`${file}: ${part}.executor: expected ${known}`);
      continue;
    }
    for (const problem of executor.check(command.parameters))
      problems.push(`${file}: ${part}.parameters.${problem}`);
  }
  return problems;
}
