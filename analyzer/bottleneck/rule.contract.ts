// What every rule must hold: silent without evidence, deterministic, explained when it speaks.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { FEATURE_NAMES, type FeatureName, type FeatureSources } from '../features/feature.ts';
import { buildFeatureTable, type GroupFeatures } from '../features/table.ts';
import type { Series } from '../series/series.ts';
import type { BottleneckRule, Judgement } from './rule.ts';
import { DEFAULT_THRESHOLDS, thresholdsSchema } from './thresholds.ts';

export type FeatureValues = Partial<Record<FeatureName, number>>;

const SOURCES = Object.fromEntries(
  FEATURE_NAMES.map((name) => [name, { expr: `${name}{$selector}` }]),
) as FeatureSources;
export const NOW = 1_000_000;
const HOST = { job: 'latency-guard-exporter', instance: 'a:10910' };

/** A process group with these features, built the way the engine builds it. */
export function groupWith(
  values: FeatureValues,
  history: readonly number[] = [],
  name = 'shop',
): GroupFeatures {
  const labels = { ...HOST, group: name };
  const points = new Map(
    (Object.entries(values) as [FeatureName, number][]).map(([feature, value]) => [
      feature,
      [
        {
          labels: feature.startsWith('group_') ? labels : { ...HOST, device: 'sda' },
          time: NOW,
          value,
        },
      ],
    ]),
  );
  const [host] = buildFeatureTable({
    points,
    memoryHistory: history.length === 0 ? [] : [toSeries(history, labels)],
    sources: SOURCES,
    unrecorded: new Set(),
  });
  return host!.groups[0]!;
}

/** A history at 15 s that ends now. */
function toSeries(values: readonly number[], labels: Series['labels']): Series {
  return {
    labels,
    step: 15,
    start: NOW - (values.length - 1) * 15,
    values: Float64Array.from(values),
  };
}

export function judgeWith(rule: BottleneckRule, group: GroupFeatures): Judgement | undefined {
  return rule.judge(group, { now: NOW, thresholds: thresholdsSchema.parse(DEFAULT_THRESHOLDS) });
}

/** @param guilty a group that the rule must find */
export function ruleContract(rule: BottleneckRule, guilty: GroupFeatures): void {
  test(`${rule.kind}: silent when every feature is 0`, () => {
    const zeros = Object.fromEntries(FEATURE_NAMES.map((name) => [name, 0])) as FeatureValues;
    assert.ok((judgeWith(rule, groupWith({ ...zeros, host_cpu_count: 2 }))?.score ?? 0) < 0.5);
  });

  test(`${rule.kind}: silent when only the needed features are there and low`, () => {
    const low = Object.fromEntries(rule.needs.map((name) => [name, 0.001])) as FeatureValues;
    assert.ok((judgeWith(rule, groupWith({ ...low, group_processes: 1 }))?.score ?? 0) < 0.5);
  });

  test(`${rule.kind}: explains itself when it speaks`, () => {
    const judgement = judgeWith(rule, guilty);
    assert.ok(judgement !== undefined && judgement.score >= 0.5 && judgement.score <= 1);
    assert.ok(judgement.confidence > 0 && judgement.confidence <= 1);
    assert.ok(judgement.evidence.length >= 2);
    for (const { text, promql } of judgement.evidence) {
      assert.match(text, /\d/, 'a sentence with a number');
      assert.match(promql, /instance="a:10910"/, 'PromQL of this very host');
      assert.doesNotMatch(promql, /\$selector/);
    }
    const ids = judgement.suggestions.map(({ id }) => id);
    assert.ok(ids.length >= 1);
    assert.equal(new Set(ids).size, ids.length);
  });

  test(`${rule.kind}: the same features give the same judgement`, () => {
    assert.deepEqual(judgeWith(rule, guilty), judgeWith(rule, guilty));
  });

  test(`${rule.kind}: has a runbook`, () => {
    const runbook = new URL(`../../docs/runbooks/${rule.kind}.md`, import.meta.url);
    assert.ok(existsSync(runbook), `${runbook.pathname} is missing`);
  });
}
