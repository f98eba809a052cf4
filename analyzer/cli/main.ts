// The `guard` command: what an operator does by hand. One subcommand = one file.
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../../service/config.ts';
import { productVersion } from '../../service/flags.ts';
import { agentConfigCommand } from './agent-config.ts';
import { backtestCommand } from './backtest.ts';
import { checkCommand } from './check.ts';
import { completionCommand } from './completion.ts';
import { configCommand } from './config-check.ts';
import { explainCommand, findingsCommand } from './findings.ts';
import { forecastCommand } from './forecast.ts';
import { CliError } from './terminal.ts';
import { topCommand } from './top.ts';

process.title = 'guard';
const command = new Command('guard')
  .description('Operates Latency Guard from the command line')
  .version(productVersion())
  .showHelpAfterError('(--help lists what there is)')
  .addCommand(topCommand())
  .addCommand(checkCommand())
  .addCommand(findingsCommand())
  .addCommand(explainCommand())
  .addCommand(forecastCommand())
  .addCommand(backtestCommand())
  .addCommand(agentConfigCommand())
  .addCommand(configCommand())
  .addCommand(completionCommand());

try {
  await command.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) throw error;
  const expected = error instanceof CliError || error instanceof ConfigError;
  process.stderr.write(`${expected ? error.message : String((error as Error).stack)}\n`);
  process.exitCode = error instanceof CliError ? error.exitCode : 1;
}
