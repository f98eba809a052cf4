// Our scores of the labelled sets beside the published ones, by the scorer that lies with the public data.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LABELLED_SETS, type LabelledSet, scoreLabelled } from './multivariate.ts';

/**
 * VUS-PR of the SMD part of TSB-AD-M (Liu & Paparrizos, NeurIPS 2024, multi_mergedTable_VUS-PR.csv). It trains on a short
 * head of the test part: an orientation, not the same task. Point-adjusted F1 is not shown: random numbers reach 0.92.
 */
const PUBLISHED = [
  ['PCA', 0.364],
  ['KMeansAD', 0.358],
  ['CNN', 0.353],
  ['LSTMAD', 0.325],
  ['TranAD', 0.301],
  ['AutoEncoder', 0.301],
  ['isolation forest', 0.261],
  ['OmniAnomaly', 0.174],
  ['USAD', 0.16],
] as const;

/** Writes the scores of one set; answers an exit code. */
export function predictLabelled(
  set: LabelledSet,
  { data, out }: { readonly data?: string; readonly out?: string },
): number {
  if (data === undefined || out === undefined) {
    process.stderr.write('A data set needs --data FOLDER and --out FILE\n');
    return 1;
  }
  if (!existsSync(join(data, set))) {
    process.stderr.write(
      `${join(data, set)} is not there: --data is the folder that holds ${set}/\n`,
    );
    return 1;
  }
  const { csv, milliseconds } = scoreLabelled(data, set);
  writeFileSync(out, csv);
  process.stderr.write(`${costOf(csv, milliseconds)}\n`);
  return 0;
}

/** Prints the scorer's answer for every set that is there, and the published table. */
export function compareLabelled(shared: string): number {
  const data = join(shared, 'data');
  const folder = mkdtempSync(join(tmpdir(), 'guard-labelled-'));
  let worst = 0;
  try {
    for (const set of LABELLED_SETS.filter((name) => existsSync(join(data, name)))) {
      const file = join(folder, `${set}.csv`);
      const { csv, milliseconds } = scoreLabelled(data, set);
      writeFileSync(file, csv);
      const args = [join(shared, 'bench', 'accuracy', 'score_ad.py'), join(data, set), file];
      const { status, stdout, stderr } = spawnSync('/usr/bin/python3', args, { encoding: 'utf8' });
      process.stdout.write(`\n${set}\n${stdout}${stderr}${costOf(csv, milliseconds)}\n`);
      worst = Math.max(worst, status ?? 1);
    }
    process.stdout.write('\npublished (SMD part of TSB-AD-M)  VUS-PR\n');
    for (const row of PUBLISHED) process.stdout.write(`${row.join('  ')}\n`);
    return worst;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function costOf(csv: string, milliseconds: readonly number[]): string {
  const rows = csv.split('\n').length - 2;
  const total = milliseconds.reduce((sum, value) => sum + value, 0);
  return `${milliseconds.length} series, ${rows} rows, ${((1000 * total) / rows).toFixed(0)} µs a row with all learning`;
}
