// Prometheus' own checker, which comes with every Prometheus.
import { runCheckingTool, type ToolVerdict } from '../service/checking-tool.ts';

const PROMTOOL = {
  name: 'promtool',
  override: 'PROMTOOL_BIN',
  checks: 'rules',
  comesWith: 'Prometheus',
  debianPackage: 'prometheus',
};

/** Runs promtool in a folder. @throws {Error} when there is none, with what to install. */
export function runPromtool(args: readonly string[], cwd: string): ToolVerdict {
  return runCheckingTool(PROMTOOL, args, cwd);
}
