// Forecasts every series of an M4-hourly folder, never opening its test part, in the format of the scorer.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { forecastSeries } from '../../analyzer/forecast/forecast-series.ts';
import type { Series } from '../../analyzer/series/series.ts';

/** The competition's horizon, and the levels that its scorer reads. */
const STEPS = 48;
const LEVELS = [0.8, 0.95];
const HOUR_SECONDS = 3600;
const DAY_STEPS = 24;
const WEEK_STEPS = 168;

export interface Accuracy {
  readonly csv: string;
  /** Wall-clock milliseconds per series: fit, backtests and both intervals. */
  readonly milliseconds: readonly number[];
}

/** @param folder holds `m4-hourly/train.csv.gz`: one series a line, the id and then the values. */
export function forecastM4Hourly(
  folder: string,
  change = (values: Float64Array) => values,
): Accuracy {
  const text = gunzipSync(readFileSync(join(folder, 'm4-hourly', 'train.csv.gz'))).toString();
  const lines = ['series,step,mean,lo80,hi80,lo95,hi95'];
  const milliseconds: number[] = [];
  for (const line of text.trim().split('\n')) {
    const [id = '', ...cells] = line.split(',');
    const values = change(Float64Array.from(cells.filter((cell) => cell !== '').map(Number)));
    const started = performance.now();
    lines.push(...forecastOne(id, values));
    milliseconds.push(performance.now() - started);
  }
  return { csv: `${lines.join('\n')}\n`, milliseconds };
}

function forecastOne(id: string, values: Float64Array): string[] {
  const history: Series = { labels: {}, start: 0, step: HOUR_SECONDS, values };
  const result = forecastSeries(history, {
    steps: STEPS,
    levels: LEVELS,
    season: DAY_STEPS,
    longSeason: WEEK_STEPS,
    // Counts and amounts: a series that never was negative will not become so.
    bounds: values.some((value) => value < 0) ? {} : { min: 0 },
  });
  if ('reason' in result) throw new Error(`${id}: ${result.reason}: ${result.detail}`);
  const [narrow, wide] = result.intervals;
  return Array.from(result.median, (mean, step) =>
    [
      id,
      step + 1,
      mean,
      narrow?.lower[step],
      narrow?.upper[step],
      wide?.lower[step],
      wide?.upper[step],
    ].join(','),
  );
}
