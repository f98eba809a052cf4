// `guard top`: the ranked bottlenecks, live; on a terminal refreshed in place, else printed once.
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { type AnalyzerClient, createAnalyzerClient } from './analyzer-client.ts';
import { print, terminalLook } from './findings.ts';
import { renderTop, type TopState } from './findings-table.ts';
import { analyzerOption, type Output, outputOption, parseSpan } from './options.ts';
import { CliError, judging } from './terminal.ts';

const DEFAULT_INTERVAL_SECONDS = 2;
const DEFAULT_ROWS = 24;
const ENTER_SCREEN = '\u001b[?1049h\u001b[?25l';
const LEAVE_SCREEN = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_REST = '\u001b[J';

interface Flags {
  readonly 'analyzer.url': string;
  readonly interval: number;
  readonly once?: boolean;
  readonly output: Output;
}

export function topCommand(): Command {
  const command = new Command('top')
    .description('Shows the ranked bottlenecks and what runs out next, live')
    .addOption(analyzerOption())
    .option(
      '--interval <duration>',
      'between two looks (default 2s)',
      parseSpan,
      DEFAULT_INTERVAL_SECONDS,
    )
    .option('--once', 'print once and exit')
    .addOption(outputOption())
    .action(run);
  return judging(command);
}

async function run(flags: Flags): Promise<void> {
  const client = createAnalyzerClient(flags['analyzer.url']);
  const state = await look(client);
  if (flags.once === true || flags.output === 'json' || !process.stdout.isTTY) {
    print(flags.output, state, () => renderTop(state, terminalLook(), Number.POSITIVE_INFINITY));
    return;
  }
  await refresh(client, flags.interval * 1000, state);
}

async function look(client: AnalyzerClient): Promise<TopState> {
  const [status, findings, runway] = await Promise.all([
    client.status(),
    client.findings(),
    client.runway(),
  ]);
  return { status, findings, runway };
}

/** Until Ctrl-C, SIGTERM or `q`. An analyzer that goes away is told on the screen, and may come back. */
async function refresh(client: AnalyzerClient, intervalMs: number, first: TopState): Promise<void> {
  const { stdin, stdout } = process;
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  if (stdin.isTTY) stdin.setRawMode(true).on('data', (key) => isQuit(key) && stop());
  stdout.write(ENTER_SCREEN);
  let state = first;
  let trouble: string | undefined;
  const draw = () => stdout.write(frame(state, trouble, stdout.rows || DEFAULT_ROWS));
  stdout.on('resize', draw);
  try {
    while (!stopping.signal.aborted) {
      draw();
      await sleep(intervalMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) break;
      ({ state, trouble } = await lookAgain(client, state));
    }
  } finally {
    stdout.off('resize', draw).write(LEAVE_SCREEN);
    if (stdin.isTTY) stdin.setRawMode(false).pause();
  }
}

async function lookAgain(
  client: AnalyzerClient,
  before: TopState,
): Promise<{ state: TopState; trouble: string | undefined }> {
  try {
    return { state: await look(client), trouble: undefined };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { state: before, trouble: error.message };
  }
}

function frame(state: TopState, trouble: string | undefined, rows: number): string {
  const look = terminalLook();
  const lines = renderTop(state, look, rows - (trouble === undefined ? 0 : 1));
  if (trouble !== undefined) lines.unshift(look.paint(trouble, 'red'));
  const shown = lines.slice(0, rows - 1).map((line) => `${line}${CLEAR_LINE}\n`);
  return `${HOME}${shown.join('')}${CLEAR_REST}`;
}

function isQuit(key: Buffer): boolean {
  return key.includes('q') || key.includes(0x03);
}
