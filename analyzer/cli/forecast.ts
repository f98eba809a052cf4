// `guard forecast 'QUERY'`: forecasts any PromQL straight from a Prometheus, with a chart; no analyzer is needed.
import { Command, Option } from 'commander';
import { formatSpan } from '../bottleneck/format.ts';
import { createForecastPool } from '../pipeline/forecast-pool.ts';
import { type Answer, answerQuery, toAnswerJson } from '../pipeline/replay-answer.ts';
import { resolveGrid } from '../pipeline/replay-grid.ts';
import type { QueryRequest } from '../pipeline/replay-query.ts';
import { createPrometheusClient } from '../prometheus/client.ts';
import { QueryError } from '../prometheus/querier.ts';
import { refusal, renderForecast } from './forecast-table.ts';
import {
  type Output,
  outputOption,
  parseCount,
  parseLevels,
  parseNumber,
  parseSpan,
  parseTime,
  prometheusOption,
} from './options.ts';
import { columnsOf, createPaint, wantsAscii } from './paint.ts';
import { UNITS } from './quantity.ts';
import { CliError, COULD_NOT_TELL, EXCEEDED, judging } from './terminal.ts';

const MAX_SERIES = 50;
const MAX_BACKTESTS = 8;
const QUERY_TIMEOUT_MS = 30_000;
const CHART_ROWS = 15;

interface Flags {
  readonly 'prometheus.url': string;
  readonly horizon: number;
  readonly step?: number;
  readonly history?: number;
  readonly levels: number[];
  readonly limit?: number;
  readonly direction: 'up' | 'down';
  readonly maximum?: number;
  readonly maxSeries: number;
  readonly charts: number;
  readonly backtests: number;
  readonly unit: string;
  readonly at?: number;
  readonly output: Output;
}

export function forecastCommand(): Command {
  const command = new Command('forecast')
    .description(
      'Forecasts a PromQL expression; exit code 0 fine, 1 the limit is expected to be reached, 2 could not tell',
    )
    .argument('<query>', 'PromQL expression, such as node_filesystem_avail_bytes')
    .addOption(prometheusOption())
    .option('--horizon <duration>', 'how far ahead (default 24h)', parseSpan, 86_400)
    .option('--step <duration>', 'resolution (default: fits the horizon)', parseSpan)
    .option(
      '--history <duration>',
      'what to learn from (default 14d, if the step allows)',
      parseSpan,
    )
    .option('--levels <list>', 'intervals (default 0.8,0.95)', parseLevels, [0.8, 0.95])
    .option('--limit <value>', 'tell when this value is reached', parseNumber)
    .addOption(
      new Option('--direction <way>', 'the limit is reached from below (up) or above (down)')
        .choices(['up', 'down'])
        .default('up'),
    )
    .option('--maximum <value>', 'no value can be larger, such as 1 for a ratio', parseNumber)
    .option('--max-series <count>', 'the largest are taken', parseCount(1, MAX_SERIES), 10)
    .option('--charts <count>', 'series to draw', parseCount(0, MAX_SERIES), 3)
    .option('--backtests <count>', 'earlier forecasts to test', parseCount(0, MAX_BACKTESTS), 3)
    .addOption(
      new Option('--unit <unit>', 'how values are written').choices(UNITS).default('other'),
    )
    .option('--at <time>', 'as of a moment of the past (default now)', parseTime)
    .addOption(outputOption())
    .action(run);
  return judging(command);
}

async function run(query: string, flags: Flags): Promise<void> {
  const answer = await ask(toRequest(query, flags), flags);
  if (answer.found === 0) {
    const detail = `${flags['prometheus.url']} has no series for ${query} in the last ${formatSpan(answer.request.history)}`;
    throw new CliError(`No such series: ${detail}; is the expression right?`, COULD_NOT_TELL);
  }
  const made = answer.series.flatMap(({ made }) => ('reason' in made ? [] : [made]));
  if (flags.output === 'json') {
    process.stdout.write(`${JSON.stringify(toAnswerJson(answer), null, 2)}\n`);
  } else if (made.length > 0) process.stdout.write(`${printed(answer, flags).join('\n')}\n`);
  else throw new CliError(refusals(answer).join('\n'), COULD_NOT_TELL);
  const exceeded = made.some(({ timeToThreshold }) => Number.isFinite(timeToThreshold?.p50));
  process.exitCode = made.length === 0 ? COULD_NOT_TELL : exceeded ? EXCEEDED : 0;
}

function toRequest(query: string, flags: Flags): QueryRequest {
  const grid = resolveGrid(flags);
  if (typeof grid === 'string') throw new CliError(`Cannot forecast ${grid}`, COULD_NOT_TELL);
  const { levels, limit, maximum, maxSeries } = flags;
  const direction = flags.direction === 'up' ? 'above' : 'below';
  return { query, ...grid, levels, limit, direction, maximum, maxSeries };
}

async function ask(request: QueryRequest, flags: Flags): Promise<Answer> {
  const url = flags['prometheus.url'];
  const querier = createPrometheusClient({ url, timeoutMs: QUERY_TIMEOUT_MS });
  const pool = createForecastPool({ maxThreads: 1 });
  try {
    const asked = { request, backtests: flags.backtests };
    return await answerQuery({ querier, pool }, asked, flags.at ?? Date.now() / 1000);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    const hint = error.kind === 'rejected' ? '' : ' (--prometheus.url names another server)';
    throw new CliError(`${error.message}${hint}`, COULD_NOT_TELL);
  } finally {
    await pool.close();
  }
}

function printed(answer: Answer, { unit, charts }: Flags): string[] {
  const { stdout, env } = process;
  const style = {
    columns: columnsOf(stdout, env),
    rows: CHART_ROWS,
    ascii: wantsAscii(env),
    paint: createPaint(stdout, env),
  };
  return renderForecast(answer, { unit, maxCharts: charts, style });
}

function refusals({ series }: Answer): string[] {
  return series.flatMap(({ made }) => ('reason' in made ? [refusal(made)] : []));
}
