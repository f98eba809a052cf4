// Labelled windows out of Prometheus' past: the same features and rules as in a cycle, at moments of which the truth is known.
import { diagnose } from '../bottleneck/diagnose.ts';
import type { BottleneckRule } from '../bottleneck/rule.ts';
import type { Thresholds } from '../bottleneck/thresholds.ts';
import { buildFeatureTable } from '../features/table.ts';
import { type Label, type LabelledRow, toLabelledRows } from '../learning/labelled-row.ts';
import type { FeatureReader } from './read-features.ts';

const MAX_WINDOWS = 1_000;

export interface LabelRange {
  /** Unix seconds; from the first moment at which the features show the truth: their windows are 30 s. */
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

export interface LabelDeps {
  readonly reader: FeatureReader;
  readonly rules: readonly BottleneckRule[];
  readonly thresholds: Thresholds;
}

/**
 * One set of rows for each moment of the range, oldest first.
 * @throws {RangeError} for more than a thousand moments. @throws {QueryError} when the server cannot be asked.
 */
export async function collectLabels(
  label: Label,
  { from, to, step }: LabelRange,
  { reader, rules, thresholds }: LabelDeps,
): Promise<LabelledRow[]> {
  const windows = Math.floor((to - from) / step) + 1;
  if (windows > MAX_WINDOWS)
    throw new RangeError(`${windows} windows asked, at most ${MAX_WINDOWS}: take a longer step`);
  const rows: LabelledRow[] = [];
  for (let now = from; now <= to; now += step) {
    const hosts = buildFeatureTable(await reader.read(now));
    const { verdicts } = diagnose(hosts, rules, { now, thresholds });
    rows.push(...toLabelledRows(hosts, verdicts, label));
  }
  return rows;
}
