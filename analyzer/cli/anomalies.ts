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
const answer = z.object({
  anomalies: z.array(event),
  scores: z.array(z.object({ score: z.number().nullable() })),
});

export type AnomalyView = z.infer<typeof event>;

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
      const { anomalies, scores } = await ask(flags['analyzer.url']);
      const { instance } = flags;
      const wanted = anomalies.filter(
        ({ subject }) => instance === undefined || subject.instance === instance,
      );
      const watched = scores.filter(({ score }) => score !== null).length;
      print(flags.output, { anomalies: wanted, watched }, () =>
        renderAnomalies(wanted, watched, terminalLook()),
      );
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

const NOBODY_KNOWS =
  'Nothing can be told yet: no series has a score. What is usual is learnt from a day of history (anomalies.warm_up).';

/** @param watched how many series have a score. */
export function renderAnomalies(
  anomalies: readonly AnomalyView[],
  watched: number,
  { paint, now }: Look,
): string[] {
  if (anomalies.length === 0 && watched === 0) return [NOBODY_KNOWS];
  if (anomalies.length === 0) return [`Nothing is unusual; ${watched} series have a score.`];
  return anomalies.flatMap(({ subject, since, score, confidence, evidence }, index) => {
    const name = subject.instance ?? subject.signal ?? 'unknown';
    const figures = `score ${score.toFixed(2)}, confidence ${confidence.toFixed(2)}`;
    return [
      ...(index > 0 ? [''] : []),
      paint(printable(`${name}: unusual for ${formatSpan(Math.max(0, now - since))}`), 'bold'),
      `  ${figures}`,
      ...evidence.map(({ text }) => `  ${printable(text)}`),
    ];
  });
}
