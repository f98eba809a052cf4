// Alertmanager's own checker, which comes with every Alertmanager.
import { runCheckingTool, type ToolVerdict } from '../service/checking-tool.ts';

const AMTOOL = {
  name: 'amtool',
  override: 'AMTOOL_BIN',
  checks: 'routing',
  comesWith: 'Alertmanager',
  debianPackage: 'prometheus-alertmanager',
};

/** Runs amtool in a folder. @throws {Error} when there is none, with what to install. */
export function runAmtool(args: readonly string[], cwd: string): ToolVerdict {
  return runCheckingTool(AMTOOL, args, cwd);
}
