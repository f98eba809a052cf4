// `guard retrain` makes a classifier of labelled windows, holds it against the rules, and chooses which version is in use.
import { readFileSync, statSync } from 'node:fs';
import { Command } from 'commander';
import type { Figures } from '../learning/classifier.ts';
import { parseLabels } from '../learning/labelled-row.ts';
import { train } from '../learning/train.ts';
import {
  checksum,
  chooseVersion,
  currentVersion,
  listVersions,
  ModelFileError,
  readModel,
  saveModel,
} from '../pipeline/model-files.ts';
import { renderColumns } from './columns.ts';
import { print } from './findings.ts';
import { type Output, outputOption, parseCount } from './options.ts';
import { CliError } from './terminal.ts';

const MAX_LABEL_BYTES = 512 * 1024 * 1024;
const DEFAULT_TREES = 100;
const MAX_TREES = 1_000;
const MAX_SEED = 2 ** 32 - 1;

interface Flags {
  readonly models: string;
  readonly labels?: string;
  readonly seed: number;
  readonly trees: number;
  readonly list?: boolean;
  readonly rollBack?: string | true;
  readonly output: Output;
}

export function retrainCommand(): Command {
  return new Command('retrain')
    .description('Trains the classifier beside the rules, or goes back to an earlier one')
    .requiredOption('--models <folder>', 'where the versions are; learning.models of analyzer.yml')
    .option('--labels <file>', 'labelled windows, one JSON object a line (docs/diagnosis.md)')
    .option(
      '--seed <number>',
      'the same labels and seed give the same model',
      parseCount(0, MAX_SEED),
      1,
    )
    .option('--trees <count>', 'of the forest', parseCount(1, MAX_TREES), DEFAULT_TREES)
    .option('--list', 'print the versions with their figures')
    .option('--roll-back [version]', 'use this version again, or the one before')
    .addOption(outputOption())
    .action((flags: Flags) => {
      try {
        run(flags);
      } catch (error) {
        const expected = error instanceof ModelFileError || error instanceof RangeError;
        throw expected ? new CliError(error.message) : error;
      }
    });
}

function run(flags: Flags): void {
  const { models, labels, list, rollBack } = flags;
  const wishes = [labels, list, rollBack].filter((wish) => wish !== undefined);
  if (wishes.length !== 1) throw new CliError('Say one of --labels FILE, --list, --roll-back');
  if (labels !== undefined) retrain(labels, flags);
  else if (rollBack !== undefined) goBack(models, rollBack);
  else listModels(flags);
}

function retrain(file: string, { models, seed, trees, output }: Flags): void {
  const text = readLabels(file);
  const { rows, problems } = parseLabels(text);
  if (problems.length > 0) throw new CliError(problems.map((one) => `${file}: ${one}`).join('\n'));
  const trained = train(rows, { seed, trees });
  const rest = { trainedAt: Math.floor(Date.now() / 1000), labels: checksum(text) };
  const version = saveModel(models, { ...trained, ...rest });
  const { figures } = trained;
  const kept = figures.beats ? undefined : countingVersion(models);
  if (kept === undefined) chooseVersion(models, version);
  const inUse =
    kept === undefined
      ? "is in use after the analyzer's next reload"
      : `is saved, not in use: model ${kept} has beaten the rules, this one has not (--roll-back ${version} takes it all the same)`;
  print(output, { version, inUse: kept ?? version, figures }, () => [
    `Model ${version} of ${figures.trainedRows} windows ${inUse}`,
    ...describeFigures(figures),
  ]);
}

/** The version in use, when it is one that counts; one that cannot be read does not. */
function countingVersion(folder: string): number | undefined {
  try {
    const version = currentVersion(folder);
    return version !== undefined && readModel(folder, version).figures.beats ? version : undefined;
  } catch (error) {
    if (error instanceof ModelFileError) return undefined;
    throw error;
  }
}

function describeFigures(figures: Figures): string[] {
  const { forest, rules, beats, reason } = figures;
  const right = (title: string) => ({ title, align: 'right' as const });
  const two = (value: number | undefined) => (value ?? 0).toFixed(2);
  return [
    `Held back: ${figures.heldBackCases} cases, ${figures.heldBackRows} windows`,
    ...renderColumns(
      [{ title: 'figure' }, right('forest'), right('rules')],
      [
        ['macro F1', two(forest.macroF1), two(rules.macroF1)],
        ['false alarms', two(forest.falseAlarmRatio), two(rules.falseAlarmRatio)],
        ...Object.keys(forest.f1).map((kind) => [
          `F1 ${kind}`,
          two(forest.f1[kind]),
          two(rules.f1[kind]),
        ]),
      ],
    ),
    beats
      ? `It takes part in the ranking: ${reason} (p = ${figures.pValue.toPrecision(2)})`
      : `It is shown beside the rules and does not count: ${reason}`,
  ];
}

/** @throws {CliError} */
function goBack(folder: string, wanted: string | true): void {
  const current = currentVersion(folder);
  const before = listVersions(folder).filter((one) => current === undefined || one < current);
  const version = wanted === true ? before.at(-1) : Number(wanted);
  if (version === undefined) throw new CliError(`${folder}: there is no earlier version`);
  if (!listVersions(folder).includes(version)) {
    throw new CliError(
      `${folder}: there is no version ${wanted}; there are ${listVersions(folder).join(', ') || 'none'}`,
    );
  }
  chooseVersion(folder, version);
  process.stdout.write(`Model ${version} is in use after the analyzer's next reload\n`);
}

function listModels({ models: folder, output }: Flags): void {
  const current = currentVersion(folder);
  const models = listVersions(folder).map((version) => {
    const { trainedAt, figures } = readModel(folder, version);
    return { version, inUse: version === current, trainedAt, figures };
  });
  const right = (title: string) => ({ title, align: 'right' as const });
  print(output, { models }, () =>
    models.length === 0
      ? [`${folder} has no models`]
      : renderColumns(
          [
            right('version'),
            { title: 'in use' },
            { title: 'trained' },
            right('macro F1'),
            right('rules'),
            { title: 'counts' },
          ],
          models.map(({ version, inUse, trainedAt, figures: { forest, rules, beats } }) => [
            ...[String(version), inUse ? 'yes' : '', new Date(trainedAt * 1000).toISOString()],
            ...[forest.macroF1.toFixed(2), rules.macroF1.toFixed(2), beats ? 'yes' : 'no'],
          ]),
        ),
  );
}

function readLabels(file: string): string {
  try {
    const { size } = statSync(file);
    if (size > MAX_LABEL_BYTES) throw new Error(`${size} bytes, at most ${MAX_LABEL_BYTES}`);
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new CliError(`${file}: cannot be read: ${(error as Error).message}`);
  }
}
