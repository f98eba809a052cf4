// `guard ticket KIND GROUP` opens a ticket about an open finding, or tells the one that is open.
import { Command, Option } from 'commander';
import { z } from 'zod';
import { correlationId } from '../notify/correlation.ts';
import { TICKET_SYSTEMS } from '../notify/ticket.ts';
import { createAnalyzerClient } from './analyzer-client.ts';
import { print } from './findings.ts';
import { describeFinding, nameOfSubject } from './findings-table.ts';
import { askOperator, type OperatorFlags, tokenOption } from './operator-client.ts';
import { analyzerOption, type Output, outputOption } from './options.ts';
import { CliError } from './terminal.ts';

const ticketSchema = z.object({ id: z.string(), url: z.string(), isNew: z.boolean() });

interface Flags extends OperatorFlags {
  readonly system: string;
  readonly instance?: string;
  readonly output: Output;
}

export function ticketCommand(): Command {
  return new Command('ticket')
    .description('Opens a ticket about a finding, or tells the one that is open')
    .argument('<kind>', 'such as io_bound, or a correlation id such as guard-0123456789abcdef')
    .argument('[group]', 'process group, ping target, probe or database')
    .addOption(
      new Option('--system <system>', 'where').choices(TICKET_SYSTEMS).makeOptionMandatory(),
    )
    .option('--instance <instance>', 'where several hosts have it')
    .addOption(analyzerOption())
    .addOption(tokenOption())
    .addOption(outputOption())
    .action(async (kind: string, group: string | undefined, flags: Flags) => {
      const id = await idOf(kind, group, flags);
      const body = { system: flags.system };
      const ticket = await askOperator(flags, `findings/${id}/ticket`, ticketSchema, body);
      print(flags.output, ticket, () => [
        `${ticket.isNew ? 'Opened' : 'Open already:'} ${ticket.id} ${ticket.url}`,
      ]);
    });
}

async function idOf(kind: string, group: string | undefined, flags: Flags): Promise<string> {
  const all = await createAnalyzerClient(flags['analyzer.url']).findings();
  const named = all.map((one) => ({
    one,
    id: correlationId({ kind: one.kind, labels: one.subject }),
  }));
  const found = named.filter(
    ({ one, id }) =>
      id === kind ||
      (one.kind === kind &&
        (group === undefined || nameOfSubject(one) === group) &&
        (flags.instance === undefined || one.subject.instance === flags.instance)),
  );
  if (found.length === 1) return found[0]!.id;
  const open = named.map(({ one, id }) => `${describeFinding(one)} (${id})`).join('; ');
  const what = found.length === 0 ? 'No such finding is open' : 'Several findings are meant';
  throw new CliError(`${what}; open are: ${open === '' ? 'none' : open}`);
}
