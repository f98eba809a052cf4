import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Series } from '../series/series.ts';
import { forecastSeries } from './forecast-series.ts';

const OPTIONS = { steps: 48, levels: [0.8, 0.95], season: 24, longSeason: 168 };
const seriesOf = (values: ArrayLike<number>): Series => ({
  labels: {},
  start: 0,
  step: 3600,
  values: Float64Array.from(values),
});
const daily = (n: number, scale = 1) =>
  Float64Array.from({ length: n }, (_, t) => {
    const shock = Math.sin(t * 12.9898) * 43758.5453;
    return scale * (10 + 5 * Math.sin((2 * Math.PI * t) / 24) + shock - Math.floor(shock));
  });

/** A forecast that holds what every forecast must hold. */
function sound(values: ArrayLike<number>, options = OPTIONS) {
  const forecast = forecastSeries(seriesOf(values), options);
  assert.ok(!('reason' in forecast), JSON.stringify(forecast));
  assert.equal(forecast.median.length, options.steps);
  for (const { lower, upper } of forecast.intervals)
    for (let step = 0; step < options.steps; step++) {
      assert.ok(Number.isFinite(lower[step]) && Number.isFinite(upper[step]));
      assert.ok(lower[step]! <= forecast.median[step]! && forecast.median[step]! <= upper[step]!);
    }
  return forecast;
}

test('the longer the history, the better the model that it allows', () => {
  const model = (n: number) => sound(daily(n)).model;
  assert.equal(model(24), 'seasonal-naive');
  assert.equal(model(100), 'seasonal-naive');
  assert.equal(model(168), 'ensemble');
  assert.equal(model(960), 'ensemble');
  assert.equal(model(20), 'arima', 'less than a day knows no day');
});

test('three days that do not repeat are not repeated', () => {
  const walk = new Float64Array(90);
  for (let t = 1; t < walk.length; t++) walk[t] = walk[t - 1]! + (t % 7 < 4 ? 1 : -0.4);
  assert.notEqual(sound(walk).model, 'seasonal-naive');
});

test('a missing night is filled with a night: the forecast hardly notices', () => {
  const whole = daily(500);
  const holed = whole.slice();
  for (const from of [60, 205, 350, 470]) holed.fill(Number.NaN, from, from + 14);
  const [a, b] = [sound(whole).median, sound(holed).median];
  const apart = a.reduce((sum, value, step) => sum + Math.abs(value - b[step]!), 0) / a.length;
  assert.ok(apart < 0.5, String(apart));
});

test('hard histories with a season declared: sound, or a reason', () => {
  const n = 500;
  sound(daily(n, 1e300));
  sound(daily(n, 1e-300));
  sound(daily(n, -1));
  sound(new Float64Array(n).fill(7));
  sound(Float64Array.from({ length: n }, (_, t) => (t % 97 === 0 ? 1 : 0)));
  sound(Float64Array.from({ length: 20_000 }, (_, t) => t % 24));
  sound([...daily(n - 1), 1e300]);
  const reason = (values: ArrayLike<number>) => {
    const answer = forecastSeries(seriesOf(values), OPTIONS);
    return 'reason' in answer ? answer.reason : answer.model;
  };
  assert.equal(reason([]), 'history_too_short');
  assert.equal(reason(new Float64Array(n).fill(Number.NaN)), 'no_finite_values');
  assert.equal(
    reason(
      daily(n)
        .map((value, t) => (t % 2 === 0 || t > 300 ? value : Number.NaN))
        .fill(Number.NaN, 20, 260),
    ),
    'too_many_gaps',
  );
});

test('bounds hold for median and intervals', () => {
  const forecast = forecastSeries(seriesOf(daily(500).map((value) => Math.max(0, value - 12))), {
    ...OPTIONS,
    bounds: { min: 0, max: 4 },
  });
  assert.ok(!('reason' in forecast));
  for (const path of [
    forecast.median,
    ...forecast.intervals.flatMap(({ lower, upper }) => [lower, upper]),
  ])
    assert.ok(path.every((value) => value >= 0 && value <= 4));
});
