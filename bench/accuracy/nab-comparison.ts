// Our NAB scores beside the published ones, by the scorer that lies with the public data.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scoreNab } from './nab.ts';

/** github.com/numenta/NAB, results/final_results.json, all 58 series: standard, reward low FP, reward low FN. */
const PUBLISHED = [
  ['ARTime', 74.9, 65.1, 80.4],
  ['Numenta HTM', 70.1, 63.1, 74.3],
  ['CAD OSE', 69.9, 67.0, 73.2],
  ['earthgecko Skyline', 58.2, 46.2, 63.9],
  ['KNN-CAD', 58.0, 43.4, 64.8],
  ['relative entropy', 54.6, 47.6, 58.8],
  ['random cut forest', 51.7, 38.4, 59.7],
  ['Twitter ADVec', 47.1, 33.6, 53.5],
  ['windowed Gaussian', 39.6, 20.9, 47.4],
] as const;

/** Prints the scorer's answer and the table; 0 when the scorer could be run. */
export function compareNab(shared: string): number {
  const data = join(shared, 'data');
  const folder = mkdtempSync(join(tmpdir(), 'guard-nab-'));
  try {
    const file = join(folder, 'nab.csv');
    const { csv, rows, microseconds } = scoreNab(data);
    writeFileSync(file, csv);
    const args = [join(shared, 'bench', 'accuracy', 'score_nab.py'), join(data, 'nab'), file];
    const { status, stdout, stderr } = spawnSync('/usr/bin/python3', args, { encoding: 'utf8' });
    const cost = `${rows} rows, ${microseconds.toFixed(1)} µs each`;
    process.stdout.write(`\nNAB\n${stdout}${stderr}${cost}\n\n`);
    process.stdout.write('published (all series)  standard  low FP  low FN\n');
    for (const row of PUBLISHED) process.stdout.write(`${row.join('  ')}\n`);
    return status ?? 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
