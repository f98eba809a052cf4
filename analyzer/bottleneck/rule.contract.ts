// What every rule must hold: silent without evidence, deterministic, explained when it speaks.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import {
  ENTITY_LABELS,
  entityOf,
  FEATURE_NAMES,
  type FeatureName,
  type FeatureSources,
} from '../features/feature.ts';
import {
  buildFeatureTable,
  type GroupFeatures,
  type HostFeatures,
  type SubjectFeatures,
} from '../features/table.ts';
import type { Point, Series } from '../series/series.ts';
import type { BottleneckRule, Judgement } from './rule.ts';
import { DEFAULT_THRESHOLDS, thresholdsSchema } from './thresholds.ts';

export type FeatureValues = Partial<Record<FeatureName, number>>;

const SOURCES = Object.fromEntries(
  FEATURE_NAMES.map((name) => [name, { expr: `${name}{$selector}` }]),
) as FeatureSources;
export const NOW = 1_000_000;
const HOST = { job: 'latency-guard-exporter', instance: 'a:10910' };

const LABELS = { ...HOST, group: 'shop', target: 'gw', probe: 'pay', database_server: 'orders' };
/** What the server adds to a value, such as the device that it is of. */
const DETAILS: Partial<Record<FeatureName, Record<string, string>>> = {
  host_disk_busy_ratio: { device: 'sda' },
  host_disk_await_seconds: { device: 'sda' },
  host_network_used_ratio: { device: 'eth0' },
  host_cgroup_throttled_ratio: { cgroup: '/shop' },
  host_cgroup_memory_used_ratio: { cgroup: '/shop' },
  host_tcp_listen_queue_ratio: { port: '8080' },
  probe_slowest_phase_seconds: { phase: 'first_byte' },
  database_blocking_seconds: { application: 'report', blocker_pid: '77' },
};

export interface Surroundings {
  /** Memory at 15 s that ends now, and its floor by the hour. */
  readonly history?: readonly number[];
  readonly trend?: readonly number[];
  readonly name?: string;
  /** Labels of the group's program. */
  readonly info?: Record<string, string>;
  /** Where the features come from; plain names unless told otherwise. */
  readonly sources?: FeatureSources;
  /** Other groups of the same host. */
  readonly others?: Readonly<Record<string, FeatureValues>>;
}

/** A host with a subject of every sort that has values, built the way the engine builds it. */
export function hostWith(values: FeatureValues, around: Surroundings = {}): HostFeatures {
  const labels = { ...LABELS, group: around.name ?? LABELS.group };
  const points = new Map<FeatureName, Point[]>();
  const add = (own: FeatureValues, group: string) => {
    for (const [feature, value] of Object.entries(own) as [FeatureName, number][]) {
      const entity = entityOf(feature);
      const subject = entity === 'host' ? {} : pick({ ...labels, group }, ENTITY_LABELS[entity]);
      const info = feature === 'group_info' ? around.info : {};
      const point = {
        labels: { ...HOST, ...subject, ...DETAILS[feature], ...info },
        time: NOW,
        value,
      };
      points.set(feature, [...(points.get(feature) ?? []), point]);
    }
  };
  add(values, labels.group);
  for (const [group, own] of Object.entries(around.others ?? {})) add(own, group);
  const series = (list: readonly number[] | undefined, step: number) =>
    list === undefined || list.length === 0
      ? []
      : [toSeries(list, { labels: { ...HOST, group: labels.group }, step })];
  const [host] = buildFeatureTable({
    points,
    memoryHistory: series(around.history, 15),
    memoryTrend: series(around.trend, 3600),
    sources: around.sources ?? SOURCES,
    unrecorded: new Set(),
  });
  return host!;
}

function pick(labels: Record<string, string>, name: string): Record<string, string> {
  return { [name]: labels[name]! };
}

/** A process group with these features. */
export function groupWith(
  values: FeatureValues,
  history: readonly number[] = [],
  name = 'shop',
): GroupFeatures {
  return hostWith(values, { history, name }).groups[0]!;
}

/** What the rule judges, with these features. */
export function subjectWith(
  rule: BottleneckRule,
  values: FeatureValues,
  around: Surroundings = {},
): SubjectFeatures {
  return hostWith(values, around).subjects(rule.judges ?? 'group')[0]!;
}

function toSeries(
  values: readonly number[],
  { labels, step }: Pick<Series, 'labels' | 'step'>,
): Series {
  return {
    labels,
    step,
    start: NOW - (values.length - 1) * step,
    values: Float64Array.from(values),
  };
}

export function judgeWith(rule: BottleneckRule, group: SubjectFeatures): Judgement | undefined {
  return rule.judge(group, { now: NOW, thresholds: thresholdsSchema.parse(DEFAULT_THRESHOLDS) });
}

/** @param guilty a group that the rule must find */
export function ruleContract(rule: BottleneckRule, guilty: SubjectFeatures): void {
  test(`${rule.kind}: silent when every feature is 0`, () => {
    const zeros = Object.fromEntries(FEATURE_NAMES.map((name) => [name, 0])) as FeatureValues;
    assert.ok(
      (judgeWith(rule, subjectWith(rule, { ...zeros, host_cpu_count: 2 }))?.score ?? 0) < 0.5,
    );
  });

  test(`${rule.kind}: silent when only the needed features are there and low`, () => {
    const low = Object.fromEntries(rule.needs.map((name) => [name, 0.001])) as FeatureValues;
    const subject = subjectWith(rule, { ...low, group_processes: 1 });
    assert.ok((judgeWith(rule, subject)?.score ?? 0) < 0.5);
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
    for (const { reason, effect, confidence } of judgement.suggestions) {
      assert.ok(reason.length > 0 && effect.length > 0 && confidence > 0 && confidence <= 1);
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
