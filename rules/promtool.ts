// Runs Prometheus' own checker, which comes with every Prometheus.
import { spawnSync } from 'node:child_process';

const TIMEOUT_MS = 120_000;

export interface PromtoolResult {
  readonly status: number | null;
  /** Standard output and standard error, as promtool writes its findings to either. */
  readonly output: string;
}

/**
 * Runs promtool, or the file that PROMTOOL_BIN names, with these arguments in a folder.
 * @throws {Error} when there is no promtool, with what to install.
 */
export function runPromtool(args: readonly string[], cwd: string): PromtoolResult {
  const program = process.env.PROMTOOL_BIN || 'promtool';
  const result = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: TIMEOUT_MS });
  if (result.error) throw new Error(whyNot(result.error, args), { cause: result.error });
  return { status: result.status, output: result.stdout + result.stderr };
}

function whyNot(error: NodeJS.ErrnoException, args: readonly string[]): string {
  if (error.code === 'ENOENT')
    return (
      'There is no promtool in PATH, so the rules cannot be checked: install Prometheus ' +
      '(Debian: apt install prometheus) or name the file in PROMTOOL_BIN'
    );
  return `promtool ${args.join(' ')} did not run: ${error.message}`;
}
