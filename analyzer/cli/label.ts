// `guard label KIND` writes down what was truly the matter, as labelled windows for `guard retrain`, from Prometheus' past.
import { appendFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { RULES } from '../bottleneck/list.ts';
import { thresholdsSchema } from '../bottleneck/thresholds.ts';
import { ENTITY_LABELS } from '../features/feature.ts';
import { formatLabels, NONE } from '../learning/labelled-row.ts';
import { collectLabels } from '../pipeline/collect-labels.ts';
import { createFeatureReader } from '../pipeline/read-features.ts';
import { createPrometheusClient } from '../prometheus/client.ts';
import { QueryError } from '../prometheus/querier.ts';
import { parseCount, parseSpan, parseTime, parseUrl } from './options.ts';
import { readConfiguredSignals } from './signals.ts';
import { CliError, COULD_NOT_TELL } from './terminal.ts';

const TIMEOUT_MS = 30_000;
const DEFAULT_STEP_SECONDS = 10;
const DEFAULT_OTHERS = 5;
const MAX_OTHERS = 100;

interface Flags {
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly labels: string;
  readonly case?: string;
  readonly others: number;
  readonly 'config.file'?: string;
  readonly 'prometheus.url'?: string;
  readonly instance?: string;
  readonly group?: string;
  readonly target?: string;
  readonly probe?: string;
  readonly database_server?: string;
}

export function labelCommand(): Command {
  const command = new Command('label')
    .description('Writes down what was truly the matter at some time, for guard retrain')
    .argument('<kind>', `a kind, or ${NONE} where nothing was`, parseKind)
    .requiredOption('--start <time>', 'when the features showed it: 30 s after it began', parseTime)
    .requiredOption('--end <time>', 'when it was over', parseTime)
    .requiredOption('--labels <file>', 'the lines are appended')
    .option('--case <name>', 'windows of one case are never both learned and tested')
    .option('--step <duration>', 'between two windows', parseSpan, DEFAULT_STEP_SECONDS)
    .option(
      '--others <count>',
      'busiest bystanders taken as none',
      parseCount(0, MAX_OTHERS),
      DEFAULT_OTHERS,
    )
    .option('--instance <instance>', 'the host of the guilty');
  for (const label of Object.values(ENTITY_LABELS)) {
    command.option(`--${label} <name>`, 'the guilty, where it is one');
  }
  return command
    .option('--config.file <file>', "analyzer.yml, for its Prometheus and the presets' features")
    .option('--prometheus.url <url>', 'Prometheus-compatible server to ask', parseUrl)
    .action(run);
}

async function run(kind: string, flags: Flags): Promise<void> {
  const names = ['instance', ...Object.values(ENTITY_LABELS)] as const;
  const guilty = Object.fromEntries(
    names.flatMap((name) => {
      const value = flags[name as keyof Flags];
      return value === undefined ? [] : [[name, String(value)]];
    }),
  );
  if (kind !== NONE && Object.keys(guilty).length === 0) {
    throw new CliError(
      'Say who it was: --group, --target, --probe, --database_server or --instance',
    );
  }
  if (flags.end < flags.start) throw new CliError('--end is before --start');
  const { url, features, memoryHistory } = readConfiguredSignals(flags);
  const querier = createPrometheusClient({ url, timeoutMs: TIMEOUT_MS });
  const label = {
    case: flags.case ?? `${kind} ${JSON.stringify(guilty)} ${flags.start}`,
    kind,
    blames: Object.keys(guilty).length === 0 ? [] : [guilty],
    others: flags.others,
  };
  const deps = {
    reader: createFeatureReader({ querier, sources: features, memoryHistory }),
    rules: RULES,
    thresholds: thresholdsSchema.parse({}),
  };
  const rows = await collectLabels(
    label,
    { from: flags.start, to: flags.end, step: flags.step },
    deps,
  ).catch((error: Error) => {
    const expected = error instanceof QueryError || error instanceof RangeError;
    throw expected ? new CliError(error.message, COULD_NOT_TELL) : error;
  });
  const blamed = rows.filter((row) => row.kind === kind).length;
  if (blamed === 0)
    throw new CliError(`Nobody like ${JSON.stringify(guilty)} is in ${url} at that time`);
  appendFileSync(flags.labels, formatLabels(rows));
  process.stdout.write(
    `${blamed} windows of ${kind}, ${rows.length - blamed} of bystanders: ${flags.labels}\n`,
  );
}

function parseKind(text: string): string {
  const kinds = [...new Set(RULES.map(({ kind }) => kind)), NONE];
  if (kinds.includes(text)) return text;
  throw new InvalidArgumentError(`expected one of ${kinds.join(', ')}`);
}
