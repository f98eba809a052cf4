import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorsByStep, type Outcome, scoreOutcomes, seasonalScale } from './backtest-score.ts';

const path = (...values: number[]) => Float64Array.from(values);
const near = (actual: number | null | undefined, want: number) =>
  assert.ok(Math.abs((actual ?? Number.NaN) - want) < 1e-12, `${actual} is not ${want}`);

function outcome(changes: Partial<Outcome> & { median?: Float64Array } = {}): Outcome {
  const { median = path(10, 10), ...rest } = changes;
  return {
    forecast: {
      model: 'naive',
      median,
      intervals: [
        { level: 0.8, lower: median.map((v) => v - 1), upper: median.map((v) => v + 1) },
        { level: 0.95, lower: median.map((v) => v - 3), upper: median.map((v) => v + 3) },
      ],
    },
    actual: path(12, 8),
    naive: 10,
    yardstick: path(8, 8),
    scale: 2,
    ...rest,
  };
}

test('the figures are what they are by hand', () => {
  const scores = scoreOutcomes([outcome()])!;
  near(scores.mase, 1);
  near(scores.mape, (2 / 12 + 2 / 8) / 2);
  near(scores.smape, (4 / 22 + 4 / 18) / 2);
  near(scores.rmse, 2);
  // The yardstick: errors 4 and 0, so MASE 1 and sMAPE (8/20 + 0) / 2.
  near(scores.owa, (1 / 1 + (4 / 22 + 4 / 18) / 2 / 0.2) / 2);
  assert.deepEqual(scores.coverage, [
    { level: 0.8, ratio: 0 },
    { level: 0.95, ratio: 1 },
  ]);
  // Width 6, nothing outside, scaled by 2.
  near(scores.msis?.score, 3);
  assert.equal(scores.naiveWinsRatio, 0);
});

test('a miss of the widest interval is paid forty times', () => {
  const scores = scoreOutcomes([outcome({ actual: path(14, 10) })])!;
  near(scores.msis?.score, (6 + 40 * 1 + 6) / 2 / 2);
});

test('naive wins only where it is nearer', () => {
  const better = outcome({ naive: 12, actual: path(12, 12) });
  const worse = outcome({ naive: 20 });
  assert.equal(scoreOutcomes([better, worse])?.naiveWinsRatio, 0.5);
});

test('gaps are left out, and without any truth there is no score', () => {
  const scores = scoreOutcomes([outcome({ actual: path(Number.NaN, 8) })]);
  assert.equal(scores?.points, 1);
  near(scores?.rmse, 2);
  assert.equal(scoreOutcomes([outcome({ actual: path(Number.NaN, Number.NaN) })]), null);
  assert.equal(scoreOutcomes([]), null);
});

test('what cannot be computed is null, not a number', () => {
  const flat = outcome({ actual: path(0, 0), median: path(0, 0), scale: 0, yardstick: path(0, 0) });
  const scores = scoreOutcomes([flat])!;
  assert.deepEqual(
    [scores.mase, scores.mape, scores.owa, scores.msis, scores.rmse],
    [null, null, null, null, 0],
  );
  assert.equal(scoreOutcomes([outcome({ scale: Number.NaN })])?.mase, null);
});

test('the scale is the mean change over a season, over gaps', () => {
  assert.equal(seasonalScale(path(1, 5, 2, 7), 2), 1.5);
  assert.equal(seasonalScale(path(1, Number.NaN, 2, 7), 1), 5);
  assert.ok(Number.isNaN(seasonalScale(path(1, 2), 2)));
});

test('the error is told for each distance', () => {
  const errors = errorsByStep(
    [outcome(), outcome({ actual: path(10, Number.NaN) })],
    ({ forecast }) => forecast.median,
  );
  assert.deepEqual(errors, [1, 2]);
});
