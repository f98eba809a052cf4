// `guard anomalies`: what is unusual now, compared with what, which series contribute, and who agrees.
import { Command } from 'commander';
import { z } from 'zod';
import { formatSpan } from '../bottleneck/format.ts';
import { fetchText } from './analyzer-client.ts';
import { printable } from './columns.ts';
import { print, terminalLook } from './findings.ts';
import type { Look } from './findings-table.ts';
import { analyzerOption, type Output, outputOption } from './options.ts';
import { CliError, COULD_NOT_TELL, judging } from './terminal.ts';

const ANALYZER = { name: 'the analyzer', flag: '--analyzer.url' };

const event = z.object({
  subject: z.record(z.string(), z.string()),
  /** Unix seconds. */
  since: z.number(),
  score: z.number(),
  confidence: z.number(),
  evidence: z.array(z.object({ text: z.string(), promql: z.string() })),
});
const condition = z.object({ labels: z.record(z.string(), z.string()), text: z.string() });
const count = z.number();
const fitted = z.object({ followed: count, fitted: count });
const warmUp = z.object({
  ...{ learning: count, warming: count, warm: count, hosts: fitted, groups: fitted },
  /** Unix seconds. */
  nextAt: z.number().nullable(),
  lastAt: z.number().nullable(),
});
const answer = z.object({
  anomalies: z.array(event),
  conditions: z.array(condition),
  warmUp: warmUp.nullable(),
});

export type AnomalyView = z.infer<typeof event>;
export type WarmUpView = z.infer<typeof warmUp>;

export interface AnomaliesView {
  readonly anomalies: readonly AnomalyView[];
  readonly conditions: readonly z.infer<typeof condition>[];
  /** Null where nothing is watched. */
  readonly warmUp: WarmUpView | null;
}

/** More would hide the rest; JSON has them all. */
const MAX_CONDITIONS = 20;

interface Flags {
  readonly 'analyzer.url': string;
  readonly output: Output;
  readonly instance?: string;
}

export function anomaliesCommand(): Command {
  const command = new Command('anomalies')
    .description('Lists what is unusual now, and why')
    .addOption(analyzerOption())
    .option('--instance <instance>', 'only this host')
    .addOption(outputOption())
    .action(async (flags: Flags) => {
      const all = await ask(flags['analyzer.url']);
      const { instance } = flags;
      const isWanted = (labels: Readonly<Record<string, string>>) =>
        instance === undefined || labels.instance === instance;
      const wanted = {
        anomalies: all.anomalies.filter(({ subject }) => isWanted(subject)),
        conditions: all.conditions.filter(({ labels }) => isWanted(labels)),
        warmUp: all.warmUp,
      };
      print(flags.output, wanted, () => renderAnomalies(wanted, terminalLook()));
    });
  return judging(command);
}

async function ask(url: string): Promise<z.infer<typeof answer>> {
  const text = await fetchText(url, '/api/v1/anomalies', ANALYZER);
  try {
    return answer.parse(JSON.parse(text));
  } catch {
    throw new CliError(
      `${url}/api/v1/anomalies does not answer as an analyzer does`,
      COULD_NOT_TELL,
    );
  }
}

/** What is unusual, what stands still or is gone, and of how many series that can be told. */
export function renderAnomalies(view: AnomaliesView, look: Look): string[] {
  const { anomalies, conditions, warmUp } = view;
  if (warmUp === null) return ['Nothing is watched for anomalies (anomalies.enabled).'];
  const isSilent = anomalies.length === 0 && warmUp.warm > 0;
  return [
    ...(isSilent ? ['Nothing is unusual.'] : []),
    ...anomalies.flatMap((one, index) => renderAnomaly(one, index > 0, look)),
    ...renderConditions(view, look),
    ...(anomalies.length + conditions.length > 0 ? [''] : []),
    ...renderWarmUp(warmUp, look.now),
  ];
}

function renderAnomaly(
  { subject, since, score, confidence, evidence }: AnomalyView,
  isNext: boolean,
  { paint, now }: Look,
): string[] {
  const name = subject.instance ?? subject.signal ?? 'unknown';
  const figures = `score ${score.toFixed(2)}, confidence ${confidence.toFixed(2)}`;
  return [
    ...(isNext ? [''] : []),
    paint(printable(`${name}: unusual for ${formatSpan(Math.max(0, now - since))}`), 'bold'),
    `  ${figures}`,
    ...evidence.map(({ text }) => `  ${printable(text)}`),
  ];
}

function renderConditions({ conditions }: AnomaliesView, { paint }: Look): string[] {
  if (conditions.length === 0) return [];
  const shown = conditions.slice(0, MAX_CONDITIONS);
  const more = conditions.length - shown.length;
  return [
    '',
    paint('Stuck, gone, begun again, or otherwise for good', 'bold'),
    ...shown.map(({ labels, text }) =>
      printable(`  ${labels.instance === undefined ? '' : `${labels.instance}: `}${text}`),
    ),
    ...(more > 0 ? [`  … and ${more} more (--output json)`] : []),
  ];
}

/** How far the watch is, and when the rest of it can be told. */
export function renderWarmUp(
  { learning, warming, warm, nextAt, lastAt, hosts, groups }: WarmUpView,
  now: number,
): string[] {
  const all = learning + warming + warm;
  if (all === 0)
    return ['No series is watched yet: the first look has not come, or no query answers.'];
  const until = (at: number) => formatSpan(Math.max(60, at - now));
  const together = [
    ...(hosts.followed > 0 ? [`${hosts.fitted} of ${hosts.followed} hosts`] : []),
    ...(groups.followed > 0 ? [`${groups.fitted} of ${groups.followed} process groups`] : []),
  ];
  return [
    `${warm === 0 ? 'Nothing can be told yet: ' : ''}${warm} of ${all} series have a score.`,
    ...(learning > 0 ? [`The past of ${learning} series is being read.`] : []),
    ...(nextAt !== null && lastAt !== null
      ? [
          `${warming} warm up, since what is usual is learnt from a day of history (anomalies.warm_up): the next has it in ${until(nextAt)}, the last in ${until(lastAt)}.`,
        ]
      : []),
    ...(together.length > 0 ? [`Judged as a whole: ${together.join(', ')}.`] : []),
  ];
}
