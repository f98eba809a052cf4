// Finds programs of other projects on this machine: PATH first, then the places where people unpack them.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** What a program is called here, what distributions call it, and how to name it by hand. */
export interface Tool {
  readonly name: string;
  readonly aliases: readonly string[];
  /** Environment variable that names the program's file. */
  readonly override?: string;
  /** The Debian package that brings it. */
  readonly aptPackage: string;
}

const PROMETHEUS = 'prometheus';
const ALERTMANAGER = 'prometheus-alertmanager';

export const TOOLS = {
  prometheus: {
    name: 'prometheus',
    aliases: [],
    override: 'PROMETHEUS_BIN',
    aptPackage: PROMETHEUS,
  },
  alertmanager: {
    name: 'alertmanager',
    aliases: ['prometheus-alertmanager'],
    override: 'ALERTMANAGER_BIN',
    aptPackage: ALERTMANAGER,
  },
  promtool: { name: 'promtool', aliases: [], override: 'PROMTOOL_BIN', aptPackage: PROMETHEUS },
  amtool: { name: 'amtool', aliases: [], override: 'AMTOOL_BIN', aptPackage: ALERTMANAGER },
  ping: { name: 'ping', aliases: [], aptPackage: 'iputils-ping' },
} as const satisfies Record<string, Tool>;

const EXTRA_FOLDERS = [
  '/usr/local/bin',
  '/usr/bin',
  '/opt/prometheus',
  '/opt/alertmanager',
  '/opt/homebrew/bin',
];

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The file of a program, undefined when it is nowhere.
 * @throws when the environment names a file that cannot be run: silently taking another one would surprise.
 */
export function findTool(tool: Tool, env: Environment = process.env): string | undefined {
  const named = tool.override === undefined ? undefined : env[tool.override];
  if (named !== undefined && named !== '') {
    if (isExecutable(named)) return named;
    throw new Error(`${tool.override}=${named} is not a program that can be run`);
  }
  return findProgram([tool.name, ...tool.aliases], env);
}

/** The first of several names that is a program on PATH or in a usual folder. */
export function findProgram(
  names: readonly string[],
  env: Environment = process.env,
): string | undefined {
  const folders = [...(env.PATH ?? '').split(delimiter).filter(Boolean), ...EXTRA_FOLDERS];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
