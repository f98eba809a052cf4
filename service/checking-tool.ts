// Runs the checker that comes with a server (promtool, amtool) and hands back its verdict.
import { spawnSync } from 'node:child_process';

/** A checker with hundreds of rule tests takes seconds; on a busy machine much longer. */
const TIMEOUT_MS = 120_000;

export interface CheckingTool {
  /** The program, looked for in PATH. */
  readonly name: string;
  /** The environment variable that names another file. */
  readonly override: string;
  /** What cannot be checked without it. */
  readonly checks: string;
  /** What brings it. */
  readonly comesWith: string;
  readonly debianPackage: string;
}

export interface ToolVerdict {
  readonly status: number | null;
  /** Standard output and standard error, as such tools write their findings to either. */
  readonly output: string;
}

/**
 * Runs the tool with these arguments in a folder.
 * @throws {Error} when it is not there, with what to install, or does not end within two minutes.
 */
export function runCheckingTool(
  tool: CheckingTool,
  args: readonly string[],
  cwd: string,
): ToolVerdict {
  const program = process.env[tool.override] || tool.name;
  const result = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: TIMEOUT_MS });
  if (result.error) throw new Error(whyNot(tool, result.error, args), { cause: result.error });
  return { status: result.status, output: result.stdout + result.stderr };
}

function whyNot(tool: CheckingTool, error: NodeJS.ErrnoException, args: readonly string[]): string {
  const { name, override, checks, comesWith, debianPackage } = tool;
  if (error.code === 'ENOENT')
    return (
      `There is no ${name} in PATH, so the ${checks} cannot be checked: install ${comesWith} ` +
      `(Debian: apt install ${debianPackage}) or name the file in ${override}`
    );
  return `${name} ${args.join(' ')} did not run: ${error.message}`;
}
