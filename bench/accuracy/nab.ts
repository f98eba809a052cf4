// Scores every row of a NAB folder as the live analyzer would, row by row; labels and windows are never opened.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { createWatch } from '../../analyzer/anomaly/watch.ts';

export interface NabScores {
  /** `file,index,score`, a row for every row of data, in order; 0.5 is where the live analyzer calls it anomalous. */
  readonly csv: string;
  readonly rows: number;
  /** Wall-clock microseconds per row. */
  readonly microseconds: number;
}

/** @param folder holds `nab/series.csv.gz`: `file,timestamp,value`, the files one after the other. */
export function scoreNab(folder: string): NabScores {
  const rows = readSeries(folder).trim().split('\n').slice(1);
  const watch = createWatch();
  const lines = ['file,index,score'];
  let [current, index, state] = ['', 0, new Float64Array(0)];
  const started = performance.now();
  for (const row of rows) {
    const [file = '', timestamp = '', value = ''] = row.trim().split(',');
    if (file !== current) [current, index, state] = [file, 0, new Float64Array(watch.stateLength)];
    const seen = watch.observe(state, { time: secondsOf(timestamp), value: numberOf(value) });
    // An alarm is told once: what is no news scores 0, whatever the threshold.
    const score = seen.isNews && seen.score > 0 ? seen.score : 0;
    lines.push(`${file},${index},${score / (1 + score)}`);
    index += 1;
  }
  const microseconds = ((performance.now() - started) * 1000) / Math.max(1, rows.length);
  return { csv: `${lines.join('\n')}\n`, rows: rows.length, microseconds };
}

function readSeries(folder: string): string {
  const file = join(folder, 'nab', 'series.csv.gz');
  try {
    return gunzipSync(readFileSync(file)).toString();
  } catch (cause) {
    const hint =
      'the public data are not part of this repository; they come from github.com/numenta/NAB (data/): ' +
      'file,timestamp,value, the files one after the other, gzipped';
    throw new Error(`${file} could not be read: ${hint}`, { cause });
  }
}

/** `2014-02-14 14:30:00` in UTC, with or without fractions. */
function secondsOf(timestamp: string): number {
  const seconds = Date.parse(`${timestamp.replace(' ', 'T')}Z`) / 1000;
  if (Number.isNaN(seconds)) throw new Error(`Timestamp "${timestamp}" is no date and time`);
  return seconds;
}

function numberOf(cell: string): number {
  return cell.trim() === '' ? Number.NaN : Number(cell);
}
