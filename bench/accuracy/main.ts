// Accuracy on public data: forecasts without ever opening the truth, then the scorer beside the published figures.
//   npm run -s bench:accuracy -- m4-hourly --data DIR --out FILE.csv     writes the scorer's CSV
//   npm run -s bench:accuracy -- smd|asd|cloudmon --data …                scores of anomalies, likewise
//   npm run -s bench:accuracy                                            runs on --shared (default ../shared) and scores
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Argument, Command } from 'commander';
import { quantile } from '../../analyzer/math/quantile.ts';
import { forecastM4Hourly } from './m4-hourly.ts';
import { LABELLED_SETS } from './multivariate.ts';
import { compareLabelled, predictLabelled } from './multivariate-comparison.ts';
import { scoreNab } from './nab.ts';
import { compareNab } from './nab-comparison.ts';

/** Published (Makridakis et al. 2020, all 414 series): OWA and MSIS at 95 %. */
const PUBLISHED = [
  ['M4 best of hourly (Doornik et al.)', '0.410', '6.139'],
  ['M4 winner (Smyl ES-RNN)', '0.440', '7.928'],
  ['seasonal naive', '0.627', '-'],
] as const;

interface Flags {
  readonly data?: string;
  readonly out?: string;
  readonly shared: string;
}

const command = new Command('bench:accuracy')
  .addArgument(new Argument('[set]', 'data set').choices(['m4-hourly', 'nab', ...LABELLED_SETS]))
  .option('--data <folder>', 'folder that holds the data sets')
  .option('--out <file>', 'where the predictions are written')
  .option('--shared <folder>', 'folder with data/ and bench/accuracy/', '../shared')
  .action((set: string | undefined, flags: Flags) => {
    const labelled = LABELLED_SETS.find((name) => name === set);
    if (labelled !== undefined) process.exitCode = predictLabelled(labelled, flags);
    else if (set === 'nab') process.exitCode = predictNab(flags);
    else if (set !== undefined) process.exitCode = predict(flags);
    else
      process.exitCode = Math.max(
        score(flags.shared),
        compareNab(flags.shared),
        compareLabelled(flags.shared),
      );
  });
command.parse();

function predict({ data, out }: Flags): number {
  if (data === undefined || out === undefined) {
    process.stderr.write('A data set needs --data FOLDER and --out FILE\n');
    return 1;
  }
  if (!hasData(data)) return 1;
  const { csv, milliseconds } = forecastM4Hourly(data);
  writeFileSync(out, csv);
  process.stderr.write(`${timing(milliseconds)}\n`);
  return 0;
}

function predictNab({ data, out }: Flags): number {
  if (data === undefined || out === undefined) {
    process.stderr.write('A data set needs --data FOLDER and --out FILE\n');
    return 1;
  }
  const { csv, rows, microseconds } = scoreNab(data);
  writeFileSync(out, csv);
  process.stderr.write(`${rows} rows, ${microseconds.toFixed(1)} µs each\n`);
  return 0;
}

function score(shared: string): number {
  const data = join(shared, 'data');
  if (!hasData(data)) return 1;
  const folder = mkdtempSync(join(tmpdir(), 'guard-accuracy-'));
  try {
    const file = join(folder, 'm4-hourly.csv');
    const { csv, milliseconds } = forecastM4Hourly(data);
    writeFileSync(file, csv);
    const scorer = join(shared, 'bench', 'accuracy', 'score_m4.py');
    const args = [scorer, join(data, 'm4-hourly'), file];
    const { status, stdout, stderr } = spawnSync('/usr/bin/python3', args, { encoding: 'utf8' });
    process.stdout.write(
      `${stdout}${stderr}${timing(milliseconds)}\n\npublished (other series)  OWA  MSIS 95\n`,
    );
    for (const row of PUBLISHED) process.stdout.write(`${row.join('  ')}\n`);
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function hasData(folder: string): boolean {
  const file = join(folder, 'm4-hourly', 'train.csv.gz');
  if (existsSync(file)) return true;
  process.stderr.write(
    `${file} is not there: the public data are not part of this repository. They come from ` +
      'github.com/Mcompetitions/M4-methods (Dataset/Train/Hourly-train.csv): one series a line, the id and its values, gzipped\n',
  );
  return false;
}

function timing(milliseconds: readonly number[]): string {
  const mean = milliseconds.reduce((sum, value) => sum + value, 0) / milliseconds.length;
  const p99 = quantile(milliseconds, 0.99);
  return `${milliseconds.length} series, ${mean.toFixed(1)} ms each (mean), ${p99.toFixed(1)} ms (p99)`;
}
