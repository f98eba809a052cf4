// `guard findings` lists what is open; `guard explain KIND GROUP` says why, with the PromQL that shows it, and what to do.
import { Command, Option } from 'commander';
import { createAnalyzerClient, type FindingView } from './analyzer-client.ts';
import {
  describeFinding,
  type Look,
  nameOfSubject,
  renderExplanation,
  renderFindings,
} from './findings-table.ts';
import { analyzerOption, type Output, outputOption } from './options.ts';
import { columnsOf, createPaint } from './paint.ts';
import { CliError, judging } from './terminal.ts';

interface Flags {
  readonly 'analyzer.url': string;
  readonly output: Output;
  readonly state?: FindingView['state'];
  readonly kind?: string;
  readonly instance?: string;
}

export function findingsCommand(): Command {
  const command = new Command('findings')
    .description('Lists the bottlenecks that are open')
    .addOption(analyzerOption())
    .addOption(
      new Option('--state <state>', 'only these').choices(['pending', 'firing', 'resolved']),
    )
    .option('--kind <kind>', 'only these, such as memory_leak')
    .addOption(outputOption())
    .action(async (flags: Flags) => {
      const all = await createAnalyzerClient(flags['analyzer.url']).findings();
      const { state, kind } = flags;
      const wanted = all.filter(
        (one) =>
          (state === undefined ? one.state !== 'resolved' : one.state === state) &&
          (kind === undefined || one.kind === kind),
      );
      print(flags.output, { findings: wanted }, () => renderFindings(wanted, terminalLook()));
    });
  return judging(command);
}

export function explainCommand(): Command {
  const command = new Command('explain')
    .description('Explains one finding: evidence with its PromQL, suggestions, runbook')
    .argument('<kind>', 'such as cpu_saturation')
    .argument(
      '[group]',
      'process group, ping target, probe or database; not needed where the kind is open once',
    )
    .option('--instance <instance>', 'where several hosts have it')
    .addOption(analyzerOption())
    .addOption(outputOption())
    .action(async (kind: string, group: string | undefined, flags: Flags) => {
      const all = await createAnalyzerClient(flags['analyzer.url']).findings();
      const found = all.filter(
        (one) =>
          one.kind === kind &&
          (group === undefined || nameOfSubject(one) === group) &&
          (flags.instance === undefined || one.subject.instance === flags.instance),
      );
      if (found.length === 0)
        throw notOpen(all, group === undefined ? kind : `${kind} in ${group}`);
      const look = terminalLook();
      print(flags.output, { findings: found }, () =>
        found.flatMap((one, index) => [
          ...(index > 0 ? ['', ''] : []),
          ...renderExplanation(one, look),
        ]),
      );
    });
  return judging(command);
}

/** How standard output wants to be written to now. */
export function terminalLook(): Look {
  const { stdout, env } = process;
  return {
    columns: columnsOf(stdout, env),
    paint: createPaint(stdout, env),
    now: Date.now() / 1000,
  };
}

/** JSON for programs, lines for people. */
export function print(output: Output, json: unknown, lines: () => string[]): void {
  const text = output === 'json' ? JSON.stringify(json, null, 2) : lines().join('\n');
  process.stdout.write(`${text}\n`);
}

function notOpen(all: readonly FindingView[], wanted: string): CliError {
  const open = all.map(describeFinding);
  const there = open.length === 0 ? 'nothing is' : `open are: ${open.join('; ')}`;
  return new CliError(`No finding ${wanted} is open; ${there}`);
}
