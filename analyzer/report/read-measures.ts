// Reads one measure over the range and the same time before it: a row for each series, the highest first.

import { HOST_LABELS } from '../features/feature.ts';
import { quantileOfSorted } from '../math/quantile.ts';
import { withoutLabels } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { type Ask, MissingError } from './ask.ts';
import type { Measure } from './measures.ts';
import type { MeasureData, MeasureRow, ReportRange, TimePoint } from './report-data.ts';

/** Rows of a table; and of what the verdicts are made of. */
export const MAX_ROWS = 500;
/** Looks that a mean of the time before needs, as a share of all: a few minutes are no week. */
const MIN_BEFORE_RATIO = 0.25;

/** @throws {MissingError} where no form of it answers anything. */
export async function readMeasure(
  ask: Ask,
  { promql, comesFrom }: Measure,
  range: ReportRange,
): Promise<MeasureData> {
  for (const form of promql) {
    const found = await ask.all(form, { ...range, from: 2 * range.from - range.to });
    const rows = found.flatMap((series) => toRow(series, range) ?? []);
    if (rows.length === 0) continue;
    rows.sort((a, b) => b.mean - a.mean);
    return { rows: rows.slice(0, MAX_ROWS), more: Math.max(0, rows.length - MAX_ROWS) };
  }
  throw new MissingError(`no samples in this range; they come from ${comesFrom}`);
}

function toRow(series: Series, { from, to }: ReportRange): MeasureRow | undefined {
  const { start, step, values, labels } = series;
  const known: TimePoint[] = [];
  for (const [index, value] of values.entries())
    if (Number.isFinite(value)) known.push([start + index * step, value]);
  const points = known.filter(([time]) => time > from);
  if (points.length === 0) return undefined;
  const earlier = known.filter(([time]) => time <= from);
  const looks = Math.max(1, Math.floor((to - from) / step));
  const sorted = Float64Array.from(points, ([, value]) => value).sort();
  const peak = points.reduce((best, point) => (point[1] > best[1] ? point : best));
  return {
    labels: withoutLabels(labels, ...HOST_LABELS.filter((name) => name !== 'instance')),
    mean: meanOf(points),
    p95: quantileOfSorted(sorted, 0.95),
    peak: peak[1],
    peakAt: peak[0],
    before: earlier.length >= MIN_BEFORE_RATIO * looks ? meanOf(earlier) : undefined,
    seenRatio: Math.min(1, points.length / looks),
    points,
  };
}

export function meanOf(points: readonly TimePoint[]): number {
  return points.reduce((sum, [, value]) => sum + value, 0) / points.length;
}
