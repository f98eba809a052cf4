// The `guard` command: what an operator does by hand. One subcommand = one file.
import { Command, CommanderError } from 'commander';
import { ConfigError } from '../../service/config.ts';
import { productVersion } from '../../service/flags.ts';
import { actionsCommand } from './actions.ts';
import { agentConfigCommand } from './agent-config.ts';
import { anomaliesCommand } from './anomalies.ts';
import { auditCommand } from './audit.ts';
import { backtestCommand } from './backtest.ts';
import { checkCommand } from './check.ts';
import { completionCommand } from './completion.ts';
import { configCommand } from './config-check.ts';
import { explainCommand, findingsCommand } from './findings.ts';
import { forecastCommand } from './forecast.ts';
import { pauseCommand, resumeCommand } from './kill-switch.ts';
import { labelCommand } from './label.ts';
import { logsCommand } from './logs.ts';
import { reportCommand } from './report.ts';
import { retrainCommand } from './retrain.ts';
import { rulesCommand } from './rules.ts';
import { suggestionsCommand } from './suggestions.ts';
import { CliError, COULD_NOT_TELL } from './terminal.ts';
import { ticketCommand } from './ticket.ts';
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
  .addCommand(suggestionsCommand())
  .addCommand(anomaliesCommand())
  .addCommand(forecastCommand())
  .addCommand(backtestCommand())
  .addCommand(reportCommand())
  .addCommand(ticketCommand())
  .addCommand(rulesCommand())
  .addCommand(agentConfigCommand())
  .addCommand(labelCommand())
  .addCommand(retrainCommand())
  .addCommand(actionsCommand())
  .addCommand(pauseCommand())
  .addCommand(resumeCommand())
  .addCommand(auditCommand())
  .addCommand(configCommand())
  .addCommand(logsCommand())
  .addCommand(completionCommand());

try {
  await command.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) throw error;
  const expected = error instanceof CliError || error instanceof ConfigError;
  process.stderr.write(`${expected ? error.message : String((error as Error).stack)}\n`);
  // A crash of ours must not look like an exceeded threshold.
  const exitCode = error instanceof ConfigError ? 1 : COULD_NOT_TELL;
  process.exitCode = error instanceof CliError ? error.exitCode : exitCode;
}
