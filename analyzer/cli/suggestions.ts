// `guard suggestions`: what would help against what is open, and what people say of it: accept, reject, helpful, not-helpful.
import { Command } from 'commander';
import { createAnalyzerClient, type FindingView } from './analyzer-client.ts';
import { printable, renderColumns } from './columns.ts';
import { print } from './findings.ts';
import { describeFinding, describeRecord } from './findings-table.ts';
import { createOperatorClient, type OperatorFlags, tokenOption } from './operator-client.ts';
import { analyzerOption, type Output, outputOption } from './options.ts';

const VERDICTS = {
  accept: 'Notes that a suggestion is taken',
  reject: 'Notes that a suggestion is not for this case',
  helpful: 'Notes that a suggestion helped; also after the finding is over',
  'not-helpful': 'Notes that a suggestion did not help',
} as const;

interface Flags extends OperatorFlags {
  readonly output: Output;
  readonly reason: string;
}

export function suggestionsCommand(): Command {
  const list = common(new Command('list'))
    .description('Lists what would help against what is open, with the names that the others take')
    .action(async (flags: Flags) => {
      const all = await createAnalyzerClient(flags['analyzer.url']).findings();
      const open = all.filter(({ state }) => state !== 'resolved');
      const shown = open.map(({ id, kind, subject, suggestions }) => ({
        ...{ id, kind, subject, suggestions },
      }));
      print(flags.output, { findings: shown }, () => renderSuggestions(open));
    });
  const command = new Command('suggestions')
    .description('What would help against what is open; what is said of it moves it up or down')
    .addCommand(list, { isDefault: true });
  for (const [verdict, about] of Object.entries(VERDICTS))
    command.addCommand(verdictCommand(verdict, about));
  return command;
}

function verdictCommand(name: string, about: string): Command {
  return common(new Command(name))
    .description(about)
    .argument('<finding>', 'its id: guard suggestions lists them')
    .argument('<suggestion>', 'its id, such as profile_hot_path')
    .option('--reason <text>', 'why; it stands in the audit log', '')
    .addOption(tokenOption())
    .action(async (finding: string, suggestion: string, flags: Flags) => {
      const said = { verdict: name.replace('-', '_'), reason: flags.reason };
      const judged = await createOperatorClient(flags).judge(finding, suggestion, said);
      print(flags.output, judged, () => [
        printable(`Noted. ${judged.suggestion} so far: ${describeRecord(judged.record)}`),
      ]);
    });
}

function common(command: Command): Command {
  return command.addOption(analyzerOption()).addOption(outputOption());
}

function renderSuggestions(findings: readonly FindingView[]): string[] {
  if (findings.length === 0) return ['No bottleneck is open.'];
  return findings.flatMap((finding, index) => [
    ...(index > 0 ? [''] : []),
    `${describeFinding(finding)}  ${printable(finding.id)}`,
    ...renderColumns(
      ['RANK', 'SUGGESTION', 'SO FAR', 'TEXT'].map((title) => ({ title })),
      finding.suggestions.map(({ id, text, record }, rank) => [
        ...[String(rank + 1), id, record ? describeRecord(record) : '', text],
      ]),
    ),
  ]);
}
