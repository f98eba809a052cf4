import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../exporter/promformat/render.ts';
import { type AnomalyScore, NO_ANOMALIES } from '../series/anomaly.ts';
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

test('score, band, value, episode and condition are series with the labels of their subject', () => {
  const text = textOf([score]);
  for (const line of [
    'guard_anomaly_score{instance="a",signal="host_cpu",detector="fused"} 1.5',
    'guard_anomaly_expected{instance="a",signal="host_cpu",detector="fused",bound="lower"} 0.2',
    'guard_anomaly_expected{instance="a",signal="host_cpu",detector="fused",bound="middle"} 0.4',
    'guard_anomaly_actual{instance="a",signal="host_cpu",detector="fused"} 0.9',
    'guard_anomaly{instance="a",signal="host_cpu",detector="fused"} 1',
    'guard_anomaly_condition{instance="a",signal="host_cpu",detector="fused",condition="flat_line"} 1',
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
