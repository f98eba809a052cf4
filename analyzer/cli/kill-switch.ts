// `guard pause` keeps every action from starting, also after a restart; `guard resume` ends that.
import { Command } from 'commander';
import { print } from './findings.ts';
import { createOperatorClient, type OperatorFlags, tokenOption } from './operator-client.ts';
import { analyzerOption, type Output, outputOption } from './options.ts';

interface Flags extends OperatorFlags {
  readonly output: Output;
  readonly reason: string;
}

export function pauseCommand(): Command {
  return switchCommand('pause', 'Stops all actions from starting until guard resume');
}

export function resumeCommand(): Command {
  return switchCommand('resume', 'Lets actions start again after guard pause');
}

function switchCommand(to: 'pause' | 'resume', description: string): Command {
  return new Command(to)
    .description(description)
    .requiredOption('--reason <text>', 'why; it stands in the audit log')
    .addOption(analyzerOption())
    .addOption(tokenOption())
    .addOption(outputOption())
    .action(async (flags: Flags) => {
      const state = await createOperatorClient(flags).turn(to, flags.reason);
      const { paused } = state;
      print(flags.output, state, () => [
        paused === null ? 'Actions may start' : `Paused by ${paused.by}: ${paused.reason}`,
      ]);
    });
}
