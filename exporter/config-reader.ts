// The configuration, read and checked in a child process of half a second's life: schemas and YAML parser take 12 MB that a
// process never gives back, and are needed at the start and at a reload only.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deserialize } from 'node:v8';
import { ConfigError } from '../service/config-error.ts';
import type { ExporterConfig } from './config.ts';
import { withCompileCache } from './small-runtime.ts';

const CHILD = join(import.meta.dirname, 'config-child.ts');
const TIMEOUT_MS = 60_000;
/** A file has 4 MB at most; aliases and the rules of a second file make more of it. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/** What the child prints, in the format of structured clones: regular expressions survive it. */
export type ConfigOutcome =
  | { readonly config: ExporterConfig }
  | { readonly problems: readonly string[] };

export interface ReadConfigOptions {
  /** Ends the child. */
  readonly signal?: AbortSignal;
  /** What the child runs, another in tests. */
  readonly script?: string;
}

/**
 * @param file without one, the defaults.
 * @throws {ConfigError} with every problem of the file.
 * @throws {Error} when the child fails, hangs, is aborted or prints too much.
 */
export async function readConfig(
  file: string | undefined,
  { signal, script = CHILD }: ReadConfigOptions = {},
): Promise<ExporterConfig> {
  const args = file === undefined ? [script] : [script, file];
  const outcome = await runChild(args, signal);
  if ('problems' in outcome) throw new ConfigError(outcome.problems);
  return outcome.config;
}

async function runChild(
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<ConfigOutcome> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      encoding: 'buffer',
      env: withCompileCache(process.env),
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_ANSWER_BYTES,
      ...(signal !== undefined && { signal }),
    });
    return deserialize(stdout) as ConfigOutcome;
  } catch (cause) {
    const { message } = cause as Error;
    throw new Error(`The process that reads the configuration failed: ${message}`, { cause });
  }
}
