// Reads the labelled series of SMD, ASD and the cloud set, all but their labels.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Moment } from '../../analyzer/anomaly/multivariate-frames.ts';

/** Seconds between two rows, as the publishers say. */
const ROW_SECONDS = { smd: 60, asd: 300 };

export interface Watched {
  readonly name: string;
  readonly columns: number;
  /** What may be learnt before the first row is judged. */
  readonly past: readonly Moment[];
  readonly moments: readonly Moment[];
}

/** The machines of a folder with `NAME.train.csv.gz` and `NAME.test.csv.gz`: one metric a line. */
export function readMachines(folder: string, set: 'smd' | 'asd'): Watched[] {
  const suffix = '.train.csv.gz';
  return readdirSync(join(folder, set))
    .filter((file) => file.endsWith(suffix))
    .sort()
    .map((file) => {
      const name = file.slice(0, -suffix.length);
      const past = readMoments(join(folder, set, file), 0, ROW_SECONDS[set]);
      const test = join(folder, set, `${name}.test.csv.gz`);
      const moments = readMoments(test, past.length, ROW_SECONDS[set]);
      return { name, columns: moments[0]?.row.length ?? 0, past, moments };
    });
}

function readMoments(file: string, first: number, seconds: number): Moment[] {
  const metrics = gunzip(file)
    .trim()
    .split('\n')
    .map((line) => line.split(',').map(number));
  return Array.from({ length: metrics[0]?.length ?? 0 }, (_, i) => ({
    time: (first + i) * seconds,
    row: Float64Array.from(metrics, (metric) => metric[i] ?? Number.NaN),
  }));
}

/** The single metrics of `cloudmon/series.csv.gz`: `file,timestamp,value`, and a label that is not looked at. */
export function readCloudMetrics(folder: string): Watched[] {
  const found = new Map<string, Moment[]>();
  const [, ...lines] = gunzip(join(folder, 'cloudmon', 'series.csv.gz'))
    .trim()
    .split('\n');
  for (const line of lines) {
    const [name = '', timestamp = '', value = ''] = line.split(',', 3);
    const moments = found.get(name) ?? [];
    moments.push({
      time: Date.parse(`${timestamp.replace(' ', 'T')}Z`) / 1000,
      row: Float64Array.of(number(value)),
    });
    found.set(name, moments);
  }
  return [...found].map(([name, moments]) => ({ name, columns: 1, past: [], moments }));
}

function number(cell: string): number {
  return cell.trim() === '' ? Number.NaN : Number(cell);
}

function gunzip(file: string): string {
  return gunzipSync(readFileSync(file)).toString();
}
