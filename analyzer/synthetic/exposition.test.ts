import assert from 'node:assert/strict';
import { test } from 'node:test';
import { render } from '../../exporter/promformat/render.ts';
import type { Finding, Verdict } from '../series/finding.ts';
import { earliestCrossings, type ForecastResult, toFamilies } from './exposition.ts';

const subject = { job: 'j', instance: 'a:10910', group: 'hog' };
const verdict: Verdict = {
  kind: 'cpu_saturation',
  subject,
  score: 0.9,
  confidence: 1,
  severity: 'warning',
  evidence: [],
  suggestions: [
    { id: 'profile', text: '', reason: '' },
    { id: 'limit', text: '', reason: '' },
  ],
};
const finding: Finding = { ...verdict, state: 'firing', since: 0, changed: 0 };
const forecast = (horizon: number, [p10, p50, p90]: [number, number, number]): ForecastResult => ({
  signal: 'group_cpu',
  labels: subject,
  horizon,
  end: 1_000,
  forecast: {
    model: 'arima',
    median: Float64Array.of(1, 2),
    intervals: [
      { level: 0.8, lower: Float64Array.of(0, 1), upper: Float64Array.of(2, 3) },
      { level: 0.95, lower: Float64Array.of(0, 0.5), upper: Float64Array.of(2, 3.5) },
    ],
  },
  timeToThreshold: { p10, p50, p90 },
});
const NOTHING = { verdicts: [], findings: [], forecasts: [], accuracy: [], unavailable: [] };
const text = (results: Partial<typeof NOTHING>) =>
  render(toFamilies({ ...NOTHING, ...results } as Parameters<typeof toFamilies>[0], 1_000));

test('a firing finding is a score, a finding and its ranked suggestions', () => {
  const lines = text({ verdicts: [verdict], findings: [finding] } as never);
  const own = 'job="j",instance="a:10910",group="hog",kind="cpu_saturation"';
  assert.ok(lines.includes(`guard_bottleneck_score{${own}} 0.9\n`));
  assert.ok(lines.includes(`guard_finding{${own},severity="warning",state="firing"} 1\n`));
  assert.ok(lines.includes(`guard_suggestion{${own},suggestion="limit",rank="2"} 1\n`));
});

test('the learned verdict stands beside the score, only where there is one', () => {
  const learned = { kind: 'io_bound', probability: 0.6, agreement: 0.3, model: 1, counts: false };
  const own = 'job="j",instance="a:10910",group="hog",kind="cpu_saturation"';
  const lines = text({ findings: [{ ...finding, learned }] } as never);
  assert.ok(lines.includes(`guard_finding_learned_ratio{${own}} 0.3\n`));
  assert.ok(!text({ findings: [finding] } as never).includes('guard_finding_learned_ratio{'));
});

test('a resolved finding and a score that is nobody’s bottleneck are not written', () => {
  const lines = text({
    verdicts: [{ ...verdict, score: 0.05 }],
    findings: [{ ...finding, state: 'resolved' }],
  } as never);
  assert.equal(lines, '');
});

test('a fading finding keeps its score series even when nothing judges its group any more', () => {
  assert.match(
    text({ findings: [{ ...finding, score: 0 }] } as never),
    /guard_bottleneck_score\{.*\} 0\n/,
  );
});

test('a forecast is written at its horizon, by quantile, in order', () => {
  const lines = text({ forecasts: [forecast(600, [60, 120, Infinity])] } as never);
  const values = [
    ...lines.matchAll(/guard_forecast\{.*horizon="10m",quantile="([\d.]+)"\} (\S+)/g),
  ];
  assert.deepEqual(
    values.map((match) => [match[1], match[2]]),
    [
      ['0.025', '0.5'],
      ['0.1', '1'],
      ['0.5', '2'],
      ['0.9', '3'],
      ['0.975', '3.5'],
    ],
  );
  assert.match(
    lines,
    /guard_time_to_threshold_seconds\{.*signal="group_cpu",quantile="0.9"\} \+Inf\n/,
  );
  assert.match(lines, /guard_forecast_model_info\{.*model="arima"\} 1\n/);
});

test('the crossing of the shortest horizon that sees one is taken, per quantile', () => {
  const crossings = earliestCrossings(
    [forecast(3600, [50, 900, 3000]), forecast(600, [60, Infinity, Infinity])],
    1_000,
  );
  assert.deepEqual(crossings, [
    { signal: 'group_cpu', labels: subject, p10: 60, p50: 900, p90: 3000 },
  ]);
});

test('the age of a forecast is taken off the time that is left', () => {
  const result = forecast(3600, [50, 900, 3000]);
  const [crossing] = earliestCrossings([result], result.end + 100);
  assert.deepEqual([crossing?.p10, crossing?.p50, crossing?.p90], [0, 800, 2900]);
});

test('labels that the metrics need themselves are renamed, and nothing is written twice', () => {
  const own = { quantile: '0.99', horizon: 'far', model: 'x1', signal: 's', exported_signal: 't' };
  const series = ['0.5', '0.99'].map((quantile) => ({
    ...forecast(600, [60, 120, 180]),
    labels: { ...own, quantile },
  }));
  const lines = text({ forecasts: series } as never)
    .split('\n')
    .filter((line) => line.startsWith('guard_'));
  const names = lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
  assert.equal(new Set(names).size, names.length);
  const renamed = 'exported_quantile="0.99",exported_horizon="far",model="x1"';
  const signals = 'exported_exported_signal="s",exported_signal="t"';
  const wanted = `guard_forecast{${renamed},${signals},signal="group_cpu",horizon="10m",quantile="0.1"}`;
  assert.ok(names.includes(wanted), names.join('\n'));
});

test('one absence is one series however many subjects it concerns', () => {
  const absence = {
    what: 'forecast',
    signal: 'group_cpu',
    reason: 'history_too_short',
    detail: '',
  };
  const lines = text({ unavailable: [absence, { ...absence, detail: 'other' }] } as never);
  assert.equal(lines.match(/^guard_unavailable\{/gm)?.length, 1);
});

test('what earlier forecasts were worth is written per signal and horizon, without what cannot be computed', () => {
  const accuracy = {
    outcomes: 20,
    scaledError: 0.5,
    rootMeanSquareError: 2,
    percentageError: Number.NaN,
    naiveWinsRatio: 0.25,
    coverage: new Map([[0.8, 0.75]]),
  };
  const lines = text({ accuracy: [{ signal: 'host_cpu', horizon: 600, accuracy }] } as never);
  const own = 'signal="host_cpu",horizon="10m"';
  assert.ok(lines.includes(`guard_forecast_coverage_ratio{${own},level="0.8"} 0.75\n`));
  assert.ok(lines.includes(`guard_forecast_error{${own},measure="mase"} 0.5\n`));
  assert.ok(lines.includes(`guard_forecast_naive_wins_ratio{${own}} 0.25\n`));
  assert.doesNotMatch(lines, /measure="mape"/);
});

test('what each model was worth is written beside it, with its name', () => {
  const own = {
    outcomes: 12,
    scaledError: 0.25,
    rootMeanSquareError: 2,
    percentageError: Number.NaN,
    naiveWinsRatio: 0.1,
    coverage: new Map([[0.95, 0.9]]),
  };
  const accuracy = { ...own, scaledError: 0.5, byModel: new Map([['ensemble', own]]) };
  const lines = text({ accuracy: [{ signal: 'host_cpu', horizon: 600, accuracy }] } as never);
  const labels = 'signal="host_cpu",horizon="10m"';
  assert.ok(lines.includes(`guard_forecast_error{${labels},measure="mase"} 0.5\n`));
  assert.ok(
    lines.includes(`guard_forecast_model_error{${labels},measure="mase",model="ensemble"} 0.25\n`),
  );
  assert.match(
    lines,
    /guard_forecast_model_coverage_ratio\{.*level="0.95",model="ensemble"\} 0.9\n/,
  );
  assert.doesNotMatch(lines, /measure="mape"/);
});
