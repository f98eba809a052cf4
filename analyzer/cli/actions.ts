// `guard actions`: what is proposed and why, with its dry run; `approve` and `deny` decide, each with a reason.
import { Command, Option } from 'commander';
import { ACTION_STATES } from '../store/action-record.ts';
import { printable, renderColumns } from './columns.ts';
import { print } from './findings.ts';
import {
  type ActionView,
  createOperatorClient,
  type OperatorFlags,
  tokenOption,
} from './operator-client.ts';
import { analyzerOption, type Output, outputOption } from './options.ts';

interface Flags extends OperatorFlags {
  readonly output: Output;
  readonly state?: string;
  readonly reason: string;
}

export function actionsCommand(): Command {
  const list = common(new Command('list'))
    .description('Lists actions, the newest first')
    .addOption(new Option('--state <state>', 'only these').choices(ACTION_STATES))
    .action(async (flags: Flags) => {
      const actions = await createOperatorClient(flags).list(flags.state);
      print(flags.output, { actions }, () => renderActions(actions));
    });
  const show = common(new Command('show'))
    .description('Shows one action: steps, dry run, output, verdict')
    .argument('<id>')
    .action(async (id: string, flags: Flags) => {
      const action = await createOperatorClient(flags).get(id);
      print(flags.output, action, () => renderAction(action));
    });
  return new Command('actions')
    .description('What is proposed against open alerts, and what came of it')
    .addCommand(list, { isDefault: true })
    .addCommand(show)
    .addCommand(decisionCommand('approve', 'Lets an action run that waits for an approval'))
    .addCommand(decisionCommand('deny', 'Keeps an action from running'));
}

function decisionCommand(to: 'approve' | 'deny', description: string): Command {
  return common(new Command(to))
    .description(description)
    .argument('<id>')
    .requiredOption('--reason <text>', 'why; it stands in the audit log')
    .action(async (id: string, flags: Flags) => {
      const action = await createOperatorClient(flags).decide(id, to, flags.reason);
      print(flags.output, action, () => [`${action.id} is ${action.state}`]);
    });
}

function common(command: Command): Command {
  return command.addOption(analyzerOption()).addOption(tokenOption()).addOption(outputOption());
}

function renderActions(actions: readonly ActionView[]): string[] {
  if (actions.length === 0) return ['No actions'];
  const columns = ['ID', 'STATE', 'PLAYBOOK', 'HOST', 'KIND', 'VERDICT', 'HELPED', 'WHY'];
  return renderColumns(
    columns.map((title) => ({ title })),
    actions.map(({ id, state, playbook, host, kind, verdict = '', record, ...one }) => [
      ...[id, state, playbook, host, kind, verdict, helped(record), waitText(one) ?? one.reason],
    ]),
  );
}

/** Approved is not begun: what is in the way is what is asked for. */
function waitText({ waits }: Pick<ActionView, 'waits'>): string | undefined {
  return waits === undefined ? undefined : `waits: ${waits}`;
}

/** How often the playbook improved this kind, of the verdicts that say something. */
function helped(record: ActionView['record']): string {
  if (record === undefined) return '';
  const { improved, noEffect, worse } = record;
  return `${improved} of ${improved + noEffect + worse}`;
}

function renderAction(action: ActionView): string[] {
  const { id, playbook, host, kind, state, reason, steps, dryRun, output, decidedBy } = action;
  const block = (title: string, text: string | undefined) =>
    text === undefined
      ? []
      : ['', `${title}:`, ...text.split('\n').map((line) => `  ${printable(line)}`)];
  return [
    printable(`${playbook} on ${host} against ${kind}: ${state}, ${reason}`),
    `id ${id}`,
    ...(action.waits === undefined ? [] : [printable(`waits: ${action.waits}`)]),
    ...(decidedBy === undefined
      ? []
      : [printable(`decided by ${decidedBy}: ${action.decisionReason ?? ''}`)]),
    ...(action.verdict === undefined ? [] : [`verdict ${action.verdict}`]),
    ...(action.record === undefined
      ? []
      : [
          `helped before: ${helped(action.record)}, surely more than ${Math.floor(action.record.lower * 100)} %`,
        ]),
    '',
    'Steps:',
    ...steps.map((step, index) => printable(`  ${index + 1}. ${step}`)),
    ...block('Dry run', dryRun),
    ...block('Output', output),
  ];
}
