import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../exporter/promformat/render.ts';
import { type AnomalyCondition, type AnomalyScore, NO_ANOMALIES } from '../series/anomaly.ts';
import { toAnomalyFamilies } from './anomaly-exposition.ts';

const score: AnomalyScore = {
  signal: 'host_cpu',
  detector: 'fused',
  labels: { instance: 'a' },
  score: 1.5,
  actual: 0.9,
  expected: 0.4,
  lower: 0.2,
  upper: 0.6,
  isOpen: true,
  since: 1000,
  conditions: ['flat_line'],
};
const textOf = (scores: readonly AnomalyScore[]) =>
  render(toAnomalyFamilies({ ...NO_ANOMALIES, scores }));

test('conditions are series of their own', () => {
  const condition: AnomalyCondition = {
    kind: 'flat_line',
    ...{ signal: 'host_cpu', labels: { instance: 'a' }, since: 1000 },
    ...{ text: 'host_cpu has stood at 0.9', promql: 'host_cpu' },
  };
  const text = render(toAnomalyFamilies({ ...NO_ANOMALIES, conditions: [condition] }));
  assert.match(
    text,
    /^guard_anomaly_condition\{instance="a",signal="host_cpu",condition="flat_line"\} 1$/m,
  );
});

test('how far the watch is; no date when nothing warms up', () => {
  const warmUp = {
    ...{ learning: 1, warming: 2, warm: 40, nextAt: 1500, lastAt: 2000 },
    ...{ hosts: { followed: 2, fitted: 1 }, groups: { followed: 5, fitted: 0 } },
  };
  const text = render(toAnomalyFamilies({ ...NO_ANOMALIES, warmUp }));
  assert.match(text, /^guard_anomaly_series\{state="warming"\} 2$/m);
  assert.match(text, /^guard_anomaly_warm_timestamp_seconds 2000$/m);
  assert.match(text, /^guard_anomaly_models\{subject="group",state="followed"\} 5$/m);
  const done = { ...warmUp, warming: 0, lastAt: Number.NEGATIVE_INFINITY };
  const later = render(toAnomalyFamilies({ ...NO_ANOMALIES, warmUp: done }));
  assert.doesNotMatch(later, /^guard_anomaly_warm_timestamp_seconds /m);
});

test('score, band, value and episode are series with the labels of their subject', () => {
  const text = textOf([score]);
  for (const line of [
    'guard_anomaly_score{instance="a",signal="host_cpu",detector="fused"} 1.5',
    'guard_anomaly_expected{instance="a",signal="host_cpu",detector="fused",bound="lower"} 0.2',
    'guard_anomaly_expected{instance="a",signal="host_cpu",detector="fused",bound="middle"} 0.4',
    'guard_anomaly_actual{instance="a",signal="host_cpu",detector="fused"} 0.9',
    'guard_anomaly{instance="a",signal="host_cpu",detector="fused"} 1',
  ])
    assert.ok(text.split('\n').includes(line), `${line} in\n${text}`);
});

test('what is not known, or not open, has no sample', () => {
  const none = Number.NaN;
  const text = textOf([
    {
      ...score,
      score: none,
      expected: none,
      lower: none,
      upper: none,
      isOpen: false,
      conditions: [],
    },
  ]);
  assert.doesNotMatch(text, /NaN|guard_anomaly(_score|_expected|_condition)?\{/);
});

test('how right the alarms were', () => {
  const feedback = {
    ...{ signal: 's', real: 3, noise: 1, missed: 0, precision: 0.75, recall: 1, f1: 6 / 7 },
    timeToDetectSeconds: Number.NaN,
  };
  const text = render(toAnomalyFamilies({ ...NO_ANOMALIES, feedback: [feedback] }));
  assert.match(text, /guard_anomaly_precision_ratio\{signal="s"\} 0\.75/);
  assert.match(text, /guard_anomaly_labels\{signal="s",verdict="noise"\} 1/);
  assert.doesNotMatch(text, /guard_anomaly_time_to_detect_seconds\{/);
});
