// `guard backtest`: how right would the forecasts have been over a past range of a Prometheus?
import { writeFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { formatDuration } from '../../service/duration.ts';
import { redactUrl } from '../../service/log.ts';
import { runBacktest } from '../pipeline/backtest.ts';
import { createForecastPool } from '../pipeline/forecast-pool.ts';
import type { Replay } from '../pipeline/replay.ts';
import { resolveGrid } from '../pipeline/replay-grid.ts';
import { type QueryDeps, replayQuery } from '../pipeline/replay-query.ts';
import { replaySignal } from '../pipeline/replay-signal.ts';
import { createPrometheusClient } from '../prometheus/client.ts';
import { QueryError } from '../prometheus/querier.ts';
import { renderBacktestPage } from '../report/backtest-page.ts';
import type { BacktestReport, SubjectReport } from '../report/backtest-report.ts';
import { renderBacktest } from './backtest-table.ts';
import {
  outputOption,
  parseCount,
  parseNumber,
  parseSpan,
  parseTime,
  parseUrl,
} from './options.ts';
import { UNITS } from './quantity.ts';
import { readConfiguredSignals } from './signals.ts';
import { CliError, COULD_NOT_TELL, judging } from './terminal.ts';

const QUERY_TIMEOUT_MS = 60_000;
const MAX_ORIGINS = 1_000;
const MAX_SERIES = 1_000;
const MAX_THREADS = 64;
const WEEK_SECONDS = 7 * 86_400;

interface Flags {
  readonly 'prometheus.url'?: string;
  readonly 'config.file'?: string;
  readonly from?: number;
  readonly to?: number;
  readonly signal?: readonly string[];
  readonly query?: readonly string[];
  readonly horizon?: readonly number[];
  readonly step?: number;
  readonly history?: number;
  readonly limit?: number;
  readonly direction: 'up' | 'down';
  readonly maximum?: number;
  readonly unit: string;
  readonly origins: number;
  readonly every?: number;
  readonly maxSeries: number;
  readonly threads: number;
  readonly output: 'table' | 'json';
  readonly html?: string;
}

export function backtestCommand(): Command {
  const command = new Command('backtest')
    .description(
      'Replays the forecasts of a past range of a Prometheus and holds them against what came',
    )
    .option('--prometheus.url <url>', "server to ask (default: the configuration's)", parseUrl)
    .option('--config.file <path>', 'analyzer.yml whose signals are replayed')
    .option(
      '--from <time>',
      'begin, such as 2026-11-01T00:00Z, a Unix time, or 7d ago (default)',
      parseTime,
    )
    .option('--to <time>', 'end (default now)', parseTime)
    .option('--signal <name>', 'signal of the analyzer; repeatable (default: all)', collect)
    .option('--query <promql>', 'any expression in place of signals; repeatable', collect)
    .option('--horizon <duration>', 'repeatable (default: those of the analyzer)', collectSpan)
    .option('--step <duration>', 'of a query (default: fits the horizon)', parseSpan)
    .option('--history <duration>', 'of a query (default 14d, if the step allows)', parseSpan)
    .option('--limit <value>', 'of a query: were the dates right?', parseNumber)
    .addOption(
      new Option('--direction <way>', 'of the limit').choices(['up', 'down']).default('up'),
    )
    .option('--maximum <value>', 'of a query: no value can be larger', parseNumber)
    .addOption(new Option('--unit <unit>', 'of a query').choices(UNITS).default('other'))
    .option('--origins <count>', 'moments at which to forecast', parseCount(1, MAX_ORIGINS), 24)
    .option('--every <duration>', 'time between them (default: spread evenly)', parseSpan)
    .option('--max-series <count>', 'the largest are taken', parseCount(1, MAX_SERIES), 10)
    .option('--threads <count>', 'for the models', parseCount(1, MAX_THREADS), 1)
    .addOption(outputOption())
    .option('--html <file>', 'also write a page with charts')
    .action(run);
  return judging(command);
}

async function run(flags: Flags): Promise<void> {
  const report = await makeReport(flags);
  if (flags.html !== undefined) writePage(flags.html, report);
  const text =
    flags.output === 'json'
      ? JSON.stringify(report, null, 2)
      : renderBacktest(report).join('\n').trimEnd();
  process.stdout.write(`${text}\n`);
  if (report.subjects.every(({ all }) => all === null)) process.exitCode = COULD_NOT_TELL;
}

async function makeReport(flags: Flags): Promise<BacktestReport> {
  const to = flags.to ?? Math.floor(Date.now() / 1000);
  const from = flags.from ?? to - WEEK_SECONDS;
  if (from >= to) throw new CliError('--from is not before --to', COULD_NOT_TELL);
  const configured = flags.query === undefined ? readConfiguredSignals(flags) : undefined;
  const url = flags['prometheus.url'] ?? configured?.url ?? 'http://127.0.0.1:9090';
  const pool = createForecastPool({ maxThreads: flags.threads });
  const querier = createPrometheusClient({ url, timeoutMs: QUERY_TIMEOUT_MS });
  try {
    const deps = { querier, pool };
    const replays = configured ? signalReplays(deps, flags, configured) : queryReplays(deps, flags);
    const subjects: SubjectReport[] = [];
    for (const replay of replays) subjects.push(await runOne(replay, flags, { from, to }));
    return { from, to, source: redactUrl(url), subjects };
  } catch (error) {
    if (error instanceof QueryError) throw new CliError(error.message, COULD_NOT_TELL);
    throw error;
  } finally {
    await pool.close();
  }
}

async function runOne(
  replay: Replay,
  { origins, every }: Flags,
  { from, to }: { from: number; to: number },
): Promise<SubjectReport> {
  const horizon = formatDuration(replay.horizon);
  if (from + replay.horizon > to) {
    const detail = `--from and --to are less than the horizon of ${horizon} apart`;
    throw new CliError(`Cannot test ${replay.name}: ${detail}`, COULD_NOT_TELL);
  }
  const range = { from, to, maxOrigins: origins, spacing: every };
  const subject = await runBacktest(replay, range, ({ done, total }) => {
    if (process.stderr.isTTY) process.stderr.write(`\r${replay.name} ${horizon}: ${done}/${total}`);
  });
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
  return subject;
}

function signalReplays(
  deps: QueryDeps,
  flags: Flags,
  { signals, horizons, features, memoryHistory }: ReturnType<typeof readConfiguredSignals>,
): Replay[] {
  const names = flags.signal ?? Object.keys(signals);
  return names.flatMap((name) => {
    const signal = signals[name];
    if (signal === undefined) {
      const known = Object.keys(signals).join(', ');
      throw new CliError(`No signal "${name}"; there are ${known}`, COULD_NOT_TELL);
    }
    return (flags.horizon ?? signal.horizons ?? horizons).map((horizon) =>
      replaySignal(deps, {
        ...{ name, horizon, features, memoryHistory, maxSeries: flags.maxSeries },
        signal: { ...signal, horizons: [horizon] },
      }),
    );
  });
}

function queryReplays(deps: QueryDeps, flags: Flags): Replay[] {
  const { query = [], horizon: horizons = [86_400], limit, maximum, maxSeries, unit } = flags;
  const direction = flags.direction === 'up' ? 'above' : 'below';
  return query.flatMap((text) =>
    horizons.map((horizon) => {
      const grid = resolveGrid({ horizon, step: flags.step, history: flags.history });
      if (typeof grid === 'string') throw new CliError(`Cannot forecast ${grid}`, COULD_NOT_TELL);
      const levels = [0.8, 0.95];
      const request = {
        query: text,
        ...grid,
        levels,
        limit,
        direction,
        maximum,
        maxSeries,
      } as const;
      return replayQuery(deps, request, unit);
    }),
  );
}

function writePage(file: string, report: BacktestReport): void {
  try {
    writeFileSync(file, renderBacktestPage(report));
  } catch (error) {
    throw new CliError(`Cannot write ${file}: ${(error as Error).message}`, COULD_NOT_TELL);
  }
}

function collect(text: string, before: readonly string[] = []): string[] {
  if (text.trim() === '') throw new InvalidArgumentError('expected a name');
  return [...before, text];
}

function collectSpan(text: string, before: readonly number[] = []): number[] {
  return [...before, parseSpan(text)];
}
