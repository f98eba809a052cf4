// `guard rules preview`: how often would an alert have fired with other thresholds?
import { Command, InvalidArgumentError } from 'commander';
import { formatSpan } from '../bottleneck/format.ts';
import {
  type AlertPreviewRequest,
  PreviewRequestError,
  previewAlert,
  type SeverityPreview,
} from '../pipeline/preview-alert.ts';
import type { Firing, RulePreview } from '../pipeline/preview-threshold.ts';
import { createPrometheusClient } from '../prometheus/client.ts';
import { QueryError } from '../prometheus/querier.ts';
import { printable, renderColumns } from './columns.ts';
import { type Output, outputOption, parseSpan, parseTime, prometheusOption } from './options.ts';
import { formatDate, formatLabels, zoneName } from './quantity.ts';
import { CliError, COULD_NOT_TELL, judging } from './terminal.ts';

const QUERY_TIMEOUT_MS = 60_000;
const WEEK_SECONDS = 7 * 86_400;
/** Firings that are listed for people; JSON has up to a hundred. */
const MAX_SHOWN = 10;

interface Flags {
  readonly 'prometheus.url': string;
  readonly 'thresholds.file'?: string;
  readonly threshold?: Readonly<Record<string, string>>;
  readonly over: number;
  readonly to?: number;
  readonly output: Output;
}

export function rulesCommand(): Command {
  return new Command('rules').description('Tries alerts on the past').addCommand(previewCommand());
}

function previewCommand(): Command {
  const command = new Command('preview')
    .description('Tells how often an alert would have fired, with its thresholds and with others')
    .argument('<alert>', 'such as GuardHostCpuHigh')
    .option(
      '--threshold <name=value>',
      'warning=85%, warning.hold=5m or a parameter of thresholds.yml; repeatable',
      collectChange,
    )
    .option('--over <duration>', 'how much of the past', parseSpan, WEEK_SECONDS)
    .option('--to <time>', 'its end (default now)', parseTime)
    .option('--thresholds.file <path>', "another thresholds.yml than the product's")
    .addOption(prometheusOption())
    .addOption(outputOption())
    .action(run);
  return judging(command);
}

async function run(alert: string, flags: Flags): Promise<void> {
  const to = flags.to ?? Math.floor(Date.now() / 1000);
  const changes = flags.threshold ?? {};
  const request = { alert, changes, from: to - flags.over, to };
  const previews = await ask({ ...request, thresholdsFile: flags['thresholds.file'] }, flags);
  const text =
    flags.output === 'json'
      ? JSON.stringify({ ...request, severities: previews }, null, 2)
      : renderPreviews(request, previews).join('\n');
  process.stdout.write(`${text}\n`);
}

async function ask(request: AlertPreviewRequest, flags: Flags): Promise<SeverityPreview[]> {
  const url = flags['prometheus.url'];
  try {
    return await previewAlert(
      createPrometheusClient({ url, timeoutMs: QUERY_TIMEOUT_MS }),
      request,
    );
  } catch (error) {
    if (error instanceof QueryError)
      throw new CliError(`${error.message} (--prometheus.url says whom to ask)`, COULD_NOT_TELL);
    if (error instanceof PreviewRequestError) throw new CliError(error.message, COULD_NOT_TELL);
    throw error;
  }
}

function collectChange(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const [, name, value] = /^([\w.]+)=(.+)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new InvalidArgumentError('expected name=value, such as warning=85%');
  return { ...before, [name]: value };
}

/** A table of what each severity would have done, then the latest firings of the changed ones. */
export function renderPreviews(
  { alert, changes, from, to }: Pick<AlertPreviewRequest, 'alert' | 'changes' | 'from' | 'to'>,
  previews: readonly SeverityPreview[],
): string[] {
  const said = Object.entries(changes).map(([name, value]) => `${name}=${value}`);
  const range = `${formatDate(from, to)} to ${formatDate(to, to)} ${zoneName(to)}`;
  const rows = previews.flatMap(({ severity, now, changed }) => [
    [severity, 'as it is', ...cells(now)],
    ...(changed === now ? [] : [[severity, said.join(', '), ...cells(changed)]]),
  ]);
  const columns = [
    'Severity',
    'Thresholds',
    'Fired',
    'Subjects',
    'Together',
    'For',
    'Looked every',
  ];
  return [
    printable(`${alert} over ${range} (${formatSpan(to - from)})`),
    '',
    ...renderColumns(
      columns.map((title) => ({ title })),
      rows,
    ),
    ...previews.flatMap(({ severity, changed }) => listFirings(severity, changed, to)),
  ];
}

function cells({ count, subjects, firingSeconds, holdSeconds, stepSeconds }: RulePreview) {
  const times = count === 1 ? 'once' : `${count} times`;
  return [
    count === 0 ? 'never' : times,
    String(subjects),
    count === 0 ? '–' : formatSpan(firingSeconds),
    formatSpan(holdSeconds),
    formatSpan(stepSeconds),
  ];
}

function listFirings(severity: string, { count, firings }: RulePreview, now: number): string[] {
  if (count === 0) return [];
  const shown = firings.slice(0, MAX_SHOWN);
  const more = count > shown.length ? [`  … and ${count - shown.length} earlier`] : [];
  return ['', `${severity}, latest first:`, ...shown.map((one) => describe(one, now)), ...more];
}

function describe({ labels, from, to, isOpen }: Firing, now: number): string {
  const { __name__: _, ...own } = labels;
  const end = isOpen ? 'still firing' : `for ${formatSpan(Math.max(1, to - from))}`;
  return printable(`  ${formatDate(from, now)}  ${end}  ${formatLabels(own)}`);
}
