// Runs a program of the build and answers what it printed; a failure says which, how it ended and its last words.
import { spawnSync } from 'node:child_process';

const MAX_OUTPUT_BYTES = 64 * 2 ** 20;
const SHOWN_CHARS = 4_000;

export interface CommandOptions {
  readonly cwd?: string;
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export function runCommand(
  command: string,
  args: readonly string[],
  { cwd, env }: CommandOptions = {},
): string {
  const { status, signal, error, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: MAX_OUTPUT_BYTES,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, ...env },
  });
  if (status === 0) return stdout;
  const end = error?.message ?? (signal === null ? `exit code ${status}` : `signal ${signal}`);
  const words = `${stdout ?? ''}${stderr ?? ''}`.trim().slice(-SHOWN_CHARS);
  throw new Error(
    `${command} ${args.join(' ')} failed (${end})${words === '' ? '' : `:\n${words}`}`,
  );
}
