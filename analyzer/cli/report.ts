// `guard report`: what a week was like, as page, PDF, Markdown or text, from Prometheus' past.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { redactUrl } from '../../service/log.ts';
import type { NotifyConfig } from '../notify/config.ts';
import { correlationId } from '../notify/correlation.ts';
import { createDispatcher } from '../notify/dispatcher.ts';
import { createNotifiers, createTicketSystems } from '../notify/list.ts';
import { createPrometheusClient } from '../prometheus/client.ts';
import { gatherReport } from '../report/gather-report.ts';
import {
  FORMATS,
  type Format,
  type RenderedReport,
  renderReport,
} from '../report/render-report.ts';
import type { Report } from '../report/report-data.ts';
import { sendReport } from '../report/send-report.ts';
import { isoWeek, lastWeek, type Span } from '../report/week.ts';
import { createZone } from '../report/zone.ts';
import { parseTime, parseUrl } from './options.ts';
import { readConfiguredSignals } from './signals.ts';
import { CliError, COULD_NOT_TELL } from './terminal.ts';

const QUERY_TIMEOUT_MS = 60_000;
const INCIDENTS_MS = 60_000;
const DEFAULT_SECONDS = 7 * 86_400;
const MIN_SECONDS = 600;
const MAX_SECONDS = 366 * 86_400;

interface Flags {
  readonly from?: number;
  readonly to?: number;
  readonly week?: string | true;
  readonly format?: readonly Format[];
  readonly output?: string;
  readonly send?: true;
  readonly timeZone: string;
  readonly 'config.file'?: string;
  readonly 'prometheus.url'?: string;
}

export function reportCommand(): Command {
  return new Command('report')
    .description('Reports what a week was like: bottlenecks, resources, forecasts, incidents')
    .option('--from <time>', 'begin (default 7 days before the end)', parseTime)
    .option('--to <time>', 'end (default now)', parseTime)
    .option('--week [week]', 'the last whole week, or one such as 2026-W46')
    .option('--format <formats>', 'of html, pdf, md, text, separated by commas', parseFormats)
    .option('--output <folder>', 'where files go; without it text goes to standard output')
    .option('--send', 'to report.send_to of --config.file as well')
    .option('--time-zone <name>', 'of dates and hours, such as Europe/Berlin', parseZone, ownZone())
    .option(
      '--config.file <file>',
      "analyzer.yml, for its Prometheus, signals and incidents' source",
    )
    .option('--prometheus.url <url>', 'Prometheus-compatible server to ask', parseUrl)
    .action(run);
}

async function run(flags: Flags): Promise<void> {
  const { url, features, signals, notify, report: wishes } = readConfiguredSignals(flags);
  const channels = wishes.send_to;
  if (flags.send === true && channels.length === 0)
    throw new CliError('--send: report.send_to of --config.file names nobody');
  const { servicenow } = createTicketSystems(notify);
  const span = spanOf(flags);
  const report = await gatherReport(
    { ...span, timeZone: flags.timeZone, source: redactUrl(url) },
    {
      querier: createPrometheusClient({ url, timeoutMs: QUERY_TIMEOUT_MS }),
      presets: { features, signals },
      clock,
      idOf: correlationId,
      incidents:
        servicenow && ((range) => servicenow.incidents(range, AbortSignal.timeout(INCIDENTS_MS))),
    },
  );
  const formats = flags.format ?? (flags.output === undefined ? ['text'] : FORMATS);
  const rendered = await renderReport(report, formats);
  deliver(rendered, formats, flags.output);
  if (flags.send === true) await send({ rendered, report, notify, channels });
  const isEmpty = report.measures.every(({ section }) => 'missing' in section);
  if (isEmpty) throw new CliError(`${redactUrl(url)} has nothing of this range`, COULD_NOT_TELL);
}

const clock = () => Date.now() / 1000;

async function send(what: {
  rendered: RenderedReport;
  report: Report;
  notify: NotifyConfig;
  channels: readonly string[];
}): Promise<void> {
  const { rendered, report, notify, channels } = what;
  const { window, max_per_hour: maxPerHour } = notify;
  const notifiers = createNotifiers(notify, clock);
  const dispatcher = createDispatcher({ notifiers, window, maxPerHour, clock });
  const deliveries = await sendReport(rendered, report, { dispatcher, channels });
  const failed = deliveries.filter(({ outcome }) => outcome !== 'sent');
  for (const { channel, outcome } of deliveries)
    if (outcome === 'sent') process.stderr.write(`sent to ${channel}\n`);
  if (failed.length === 0) return;
  const lines = failed.map(({ channel, detail, outcome }) => `${channel}: ${detail ?? outcome}`);
  throw new CliError(`Not sent to ${lines.join('; ')}`);
}

/** Text and Markdown are for pipes; everything else is a file. */
function deliver(
  { files }: RenderedReport,
  formats: readonly Format[],
  folder: string | undefined,
): void {
  const isPiped = folder === undefined && formats.every((each) => each === 'text' || each === 'md');
  for (const { name, content } of files) {
    if (isPiped) process.stdout.write(content);
    else process.stdout.write(`${save(folder ?? '.', name, content)}\n`);
  }
}

/** Whoever looks meanwhile finds the whole file or none. */
function save(folder: string, name: string, content: Buffer): string {
  const path = join(folder, name);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(`${path}.part`, content);
    renameSync(`${path}.part`, path);
    return path;
  } catch (error) {
    throw new CliError(`Cannot write the report: ${(error as Error).message}`);
  }
}

function spanOf({ from, to, week, timeZone }: Flags): Span {
  const now = Math.floor(Date.now() / 1000);
  if (week !== undefined) {
    if (from !== undefined || to !== undefined)
      throw new CliError('Say --week, or --from and --to, not both');
    return weekOf(week, { now, timeZone });
  }
  const end = to ?? now;
  const span = { from: from ?? end - DEFAULT_SECONDS, to: end };
  if (span.to - span.from < MIN_SECONDS) throw new CliError('--from is not 10 minutes before --to');
  if (span.to - span.from > MAX_SECONDS) throw new CliError('a report is of a year at most');
  return span;
}

function weekOf(week: string | true, { now, timeZone }: { now: number; timeZone: string }): Span {
  const zone = createZone(timeZone);
  if (week === true) return lastWeek(now, zone);
  const span = isoWeek(week, zone);
  if (span === undefined) throw new CliError(`--week ${week}: expected a week such as 2026-W46`);
  return span;
}

function parseFormats(text: string): Format[] {
  return text.split(',').map((word) => {
    const format = FORMATS.find((each) => each === word.trim());
    if (format === undefined)
      throw new InvalidArgumentError(`expected formats of ${FORMATS.join(', ')}`);
    return format;
  });
}

function parseZone(text: string): string {
  try {
    return createZone(text).name;
  } catch {
    throw new InvalidArgumentError('expected a time zone such as Europe/Berlin');
  }
}

function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
