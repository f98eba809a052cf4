// The whole way from a history to a forecast: right on series whose future is known, and honest about doubt.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Forecast } from '../series/forecast.ts';
import { type ForecastOptions, forecastSeries } from './forecast-series.ts';
import { checkForecast } from './forecaster.contract.ts';
import { autoregressive, createNormal, seriesOf } from './generated-series.ts';
import { timeToThreshold } from './time-to-threshold.ts';

const STEPS = 60;
const OPTIONS: ForecastOptions = { steps: STEPS, levels: [0.8, 0.95] };

function forecast(values: ArrayLike<number>, options: Partial<ForecastOptions> = {}): Forecast {
  const answer = forecastSeries(seriesOf(values), { ...OPTIONS, ...options });
  assert.ok(!('reason' in answer), 'reason' in answer ? answer.detail : '');
  checkForecast(answer, STEPS);
  return answer;
}

function meanMiss(path: Float64Array, truth: (step: number) => number): number {
  return path.reduce((sum, value, i) => sum + Math.abs(value - truth(i)), 0) / path.length;
}

for (const length of [30, 60, 240, 720])
  test(`a noisy ramp of ${length} values reaches the limit on time`, () => {
    const normal = createNormal(length);
    const slope = 0.002;
    const values = Float64Array.from({ length }, (_, i) => 0.2 + slope * i + 0.001 * normal());
    const current = values.at(-1)!;
    const limit = 0.2 + slope * (length - 1 + 40);
    const answer = forecast(values);
    const times = timeToThreshold(answer, { limit, direction: 'above', step: 10, current });
    assert.ok(Math.abs(times.p50 - 400) <= 40, `${times.p50} s instead of 400 s`);
    assert.ok(times.p10 <= times.p50 && times.p50 <= times.p90);
    assert.equal(answer.model, 'arima');
  });

test('AR(1) returns to its mean', () => {
  const values = autoregressive(720, 0.8, 5).map((value) => 100 + value);
  const { model, median } = forecast(values);
  assert.equal(model, 'arima');
  assert.ok(Math.abs(median[STEPS - 1]! - 100) < 0.5, `${median[STEPS - 1]}`);
});

test('a daily wave is continued when its season is given', () => {
  const normal = createNormal(1);
  const wave = (i: number) => 50 + 20 * Math.sin((2 * Math.PI * i) / 60);
  const values = Float64Array.from({ length: 360 }, (_, i) => wave(i) + normal());
  const { median } = forecast(values, { season: 60 });
  assert.ok(meanMiss(median, (i) => wave(360 + i)) < 1.5);
});

test('after a step the new level counts, not the mean of both', () => {
  const normal = createNormal(2);
  const values = Float64Array.from({ length: 300 }, (_, i) => (i < 200 ? 10 : 30) + normal());
  const { median } = forecast(values);
  assert.ok(meanMiss(median, () => 30) < 2, `${median[STEPS - 1]}`);
});

test('a constant is forecast as itself, without a width', () => {
  const { median, intervals } = forecast(new Float64Array(100).fill(0.25));
  assert.ok(median.every((value) => value === 0.25));
  assert.ok(intervals.every(({ lower, upper }) => lower[0] === 0.25 && upper[59] === 0.25));
});

test('a ratio stays one', () => {
  const normal = createNormal(7);
  const values = Float64Array.from({ length: 200 }, (_, i) =>
    Math.min(1, 0.5 + i / 390 + 0.02 * normal()),
  );
  const { median, intervals } = forecast(values, { bounds: { min: 0, max: 1 } });
  assert.equal(Math.max(...median, ...intervals[1]!.upper), 1);
  assert.ok(Math.min(...intervals[1]!.lower) >= 0);
});

test('the bands hold what they promise: 200 seeded series, at the horizon', () => {
  const hits = { narrow: 0, wide: 0 };
  const count = 200;
  for (let seed = 0; seed < count; seed++) {
    const memory = [0.8, 0.95, 1, 0.5][seed % 4]!;
    const values = autoregressive(300, memory, seed);
    const { intervals } = forecast(values.slice(0, 300 - STEPS));
    const truth = values[299]!;
    const holds = intervals.map(({ lower, upper }) => {
      return lower[STEPS - 1]! <= truth && truth <= upper[STEPS - 1]!;
    });
    if (holds[0]) hits.narrow += 1;
    if (holds[1]) hits.wide += 1;
  }
  const [narrow, wide] = [hits.narrow / count, hits.wide / count];
  assert.ok(narrow >= 0.7 && narrow <= 0.9, `80 % band holds ${narrow}`);
  assert.ok(wide >= 0.88 && wide <= 0.99, `95 % band holds ${wide}`);
});

test('autocorrelated series are forecast by arima, nearly always', () => {
  const models = Array.from({ length: 20 }, (_, seed) => {
    return forecast(autoregressive(240, seed % 2 ? 0.9 : 1, seed)).model;
  });
  assert.ok(models.filter((model) => model === 'arima').length >= 18, models.join(' '));
});

test('what cannot be forecast is a reason, never an exception', () => {
  const noise = autoregressive(100, 0.5, 1);
  const reasonOf = (values: ArrayLike<number>, options: Partial<ForecastOptions> = {}) => {
    const answer = forecastSeries(seriesOf(values), { ...OPTIONS, ...options });
    return 'reason' in answer ? answer.reason : undefined;
  };
  assert.equal(reasonOf([1, 2, 3]), 'history_too_short');
  assert.equal(reasonOf(Array(50).fill(Number.NaN)), 'no_finite_values');
  assert.equal(reasonOf(noise.map((value, i) => (i % 2 ? value : Number.NaN))), 'too_many_gaps');
  assert.equal(reasonOf(noise, { steps: 0 }), 'model_failed');
  assert.equal(reasonOf(noise, { steps: 1e6 }), 'model_failed');
  assert.equal(reasonOf(noise, { levels: [1] }), 'model_failed');
  for (const season of [-1, 0, 1.5, 1e9, Number.NaN])
    assert.equal(reasonOf(noise, { season }), undefined, `season ${season}`);
});
