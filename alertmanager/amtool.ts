// Runs Alertmanager's own checker, which comes with every Alertmanager.
import { spawnSync } from 'node:child_process';

const TIMEOUT_MS = 30_000;

export interface AmtoolResult {
  readonly status: number | null;
  /** Standard output and standard error, as amtool writes its findings to either. */
  readonly output: string;
}

/**
 * Runs amtool, or the file that AMTOOL_BIN names, with these arguments in a folder.
 * @throws {Error} when there is no amtool, with what to install.
 */
export function runAmtool(args: readonly string[], cwd: string): AmtoolResult {
  const program = process.env.AMTOOL_BIN || 'amtool';
  const result = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: TIMEOUT_MS });
  if (result.error) throw new Error(whyNot(result.error, args), { cause: result.error });
  return { status: result.status, output: result.stdout + result.stderr };
}

function whyNot(error: NodeJS.ErrnoException, args: readonly string[]): string {
  if (error.code === 'ENOENT')
    return (
      'There is no amtool in PATH, so the routing cannot be checked: install Alertmanager ' +
      '(Debian: apt install prometheus-alertmanager) or name the file in AMTOOL_BIN'
    );
  return `amtool ${args.join(' ')} did not run: ${error.message}`;
}
