// Labelled windows for `guard retrain`: of every case that was played, what was measured of the guilty and of the others.
import { appendFileSync } from 'node:fs';
import { RULES } from '../../analyzer/bottleneck/list.ts';
import { thresholdsSchema } from '../../analyzer/bottleneck/thresholds.ts';
import { combinePresets } from '../../analyzer/config.ts';
import { formatLabels, type Label, NONE } from '../../analyzer/learning/labelled-row.ts';
import { collectLabels } from '../../analyzer/pipeline/collect-labels.ts';
import { createFeatureReader } from '../../analyzer/pipeline/read-features.ts';
import { STANDARD_PRESET } from '../../analyzer/presets/list.ts';
import { createPrometheusClient } from '../../analyzer/prometheus/client.ts';
import type { FaultCase } from './case.ts';

/** From then on the features show the fault: they look 30 s back. */
const FIRST_WINDOW_SECONDS = 30;
const WINDOW_STEP_SECONDS = 5;
const TIMEOUT_MS = 30_000;
/** Bystanders that are taken as `none`, the busiest first. */
const OTHERS = 5;
/** A look-alike need not be busy: about everybody on the host is taken. */
const OTHERS_OF_LOOK_ALIKE = 50;

export interface Played {
  readonly fault: FaultCase;
  readonly prometheus: string;
  /** Unix seconds. */
  readonly from: number;
  readonly to: number;
}

/**
 * Appends the windows of one case. All runs of a case have one name, so that a model is tested on programs that it has not seen.
 * @returns how many there are: none of a case that ended within 30 s. @throws {QueryError} when Prometheus does not answer.
 */
export async function writeLabels(file: string, played: Played): Promise<number> {
  const from = Math.ceil(played.from) + FIRST_WINDOW_SECONDS;
  const range = { from, to: Math.floor(played.to), step: WINDOW_STEP_SECONDS };
  const { features, memory_history, memory_trend } = combinePresets([STANDARD_PRESET], {
    signals: {},
  });
  const querier = createPrometheusClient({ url: played.prometheus, timeoutMs: TIMEOUT_MS });
  const rows = await collectLabels(labelOf(played.fault), range, {
    reader: createFeatureReader({
      querier,
      sources: features,
      memoryHistory: memory_history!,
      memoryTrend: memory_trend,
    }),
    rules: RULES,
    thresholds: thresholdsSchema.parse({}),
  });
  appendFileSync(file, formatLabels(rows));
  return rows.length;
}

/** What a case truly is, in the words of the labels. */
export function labelOf({ name, expected }: FaultCase): Label {
  return expected === undefined
    ? { case: name, kind: NONE, blames: [], others: OTHERS_OF_LOOK_ALIKE }
    : { case: name, kind: expected.kind, blames: expected.blames, others: OTHERS };
}
