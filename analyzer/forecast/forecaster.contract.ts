// What every forecaster has to survive, and what its answer has to be like.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Forecast, NoForecast } from '../series/forecast.ts';
import type { Forecaster } from './forecaster.ts';
import { autoregressive, createUniform, seriesOf } from './generated-series.ts';

const LEVELS = [0.95, 0.8];
const STEPS = 30;
const uniform = createUniform(3);
const noise = autoregressive(240, 0.5, 1);

/** Histories that must be answered, by every model or with its reason. */
const HARD: Readonly<Record<string, ArrayLike<number>>> = {
  'constant zero': new Float64Array(100),
  'constant 0.1': new Float64Array(100).fill(0.1),
  'constant but for the last': [...new Float64Array(60), 1],
  'differing in the last bit': Array.from({ length: 80 }, (_, i) => (i % 2 ? 0.3 : 0.1 + 0.2)),
  'a line': Array.from({ length: 200 }, (_, i) => 3 + 0.5 * i),
  noise,
  'NaN gaps': noise.map((value, i) => (i % 3 === 1 ? Number.NaN : value)),
  'NaN at both ends': [Number.NaN, Number.NaN, ...noise, Number.NaN, Number.NaN],
  infinities: noise.map((value, i) => (i % 50 === 7 ? Infinity * Math.sign(value) : value)),
  'huge of both signs': noise.map((value) => 1e300 * Math.sign(value)),
  'the whole number range': noise.map((value) => Math.sign(value) * Number.MAX_VALUE),
  tiny: noise.map((value) => 1e-300 * value),
  denormal: noise.map((value) => 5e-324 * Math.round(value)),
  'sparse 0 and 1': Array.from({ length: 300 }, () => (uniform() < 0.03 ? 1 : 0)),
  alternating: Array.from({ length: 100 }, (_, i) => i % 2),
  'a large level': noise.map((value) => 1e12 + value),
  'a step': Array.from({ length: 200 }, (_, i) => (i < 150 ? 1 : 9)),
  explosive: Array.from({ length: 200 }, (_, i) => 1.3 ** i),
  'twelve values': noise.slice(0, 12),
  'n = 20,000': autoregressive(20_000, 0.9, 5),
};

export function testForecaster(forecaster: Forecaster): void {
  const predict = (values: ArrayLike<number>, steps = STEPS): Forecast | NoForecast => {
    const fitted = forecaster.fit(seriesOf(values));
    return 'reason' in fitted ? fitted : fitted.predict(steps, LEVELS);
  };

  for (const [name, values] of Object.entries(HARD))
    test(`${forecaster.name}: ${name}`, () => {
      const answer = predict(values);
      if ('reason' in answer) return assert.equal(answer.reason, 'model_failed', answer.detail);
      checkForecast(answer, STEPS);
      checkWidth(answer, values);
      assert.deepEqual(predict(values), answer, 'the same history gives the same forecast');
    });

  test(`${forecaster.name}: ordinary noise has a forecast, not a reason`, () => {
    assert.ok(!('reason' in predict(noise)));
  });

  test(`${forecaster.name}: what cannot be forecast has a reason`, () => {
    const reasons = [
      [[], 'history_too_short'],
      [[1], 'history_too_short'],
      [noise.slice(0, 7), 'history_too_short'],
      [new Float64Array(100).fill(Number.NaN), 'no_finite_values'],
      [new Float64Array(100).fill(Infinity), 'no_finite_values'],
      [noise.map((value, i) => (i % 2 ? value : Number.NaN)), 'too_many_gaps'],
    ] as const;
    for (const [values, want] of reasons) {
      const answer = predict(values);
      assert.ok('reason' in answer, `${values.length} values gave a forecast`);
      assert.equal(answer.reason, want);
      assert.ok(answer.detail.length > 0);
    }
  });

  test(`${forecaster.name}: an impossible request has a reason`, () => {
    for (const steps of [0, -1, 1.5, Number.NaN, Infinity, 1e9]) {
      const answer = predict(noise, steps);
      assert.ok('reason' in answer);
      assert.match(answer.detail, /expected an integer from 1 to 1000/);
    }
  });

  test(`${forecaster.name}: the history is left as it was, and nothing is printed`, (context) => {
    const print = context.mock.method(process.stdout, 'write', () => true);
    const history = seriesOf(noise);
    const fitted = forecaster.fit(history);
    if (!('reason' in fitted)) fitted.predict(STEPS, LEVELS);
    const printed = print.mock.callCount();
    print.mock.restore();
    assert.deepEqual(history.values, noise);
    assert.equal(printed, 0);
  });
}

/** One value per step, all finite, `lower ≤ median ≤ upper`, narrow levels inside wide ones. */
export function checkForecast(forecast: Forecast, steps: number): void {
  assert.equal(forecast.median.length, steps);
  assert.deepEqual(
    forecast.intervals.map(({ level }) => level),
    [...LEVELS].sort(),
  );
  const [narrow, wide] = [forecast.intervals[0]!, forecast.intervals[1]!];
  for (let i = 0; i < steps; i++) {
    const path = [wide.lower, narrow.lower, forecast.median, narrow.upper, wide.upper];
    const column = path.map((values) => values[i]!);
    assert.ok(column.every(Number.isFinite), `step ${i}: ${column}`);
    for (let j = 1; j < column.length; j++)
      assert.ok(column[j - 1]! <= column[j]!, `step ${i}: ${column}`);
  }
}

/** Width 0 is honest for a constant history alone. */
function checkWidth(forecast: Forecast, values: ArrayLike<number>): void {
  const isConstant = new Set(Array.from(values).filter(Number.isFinite)).size === 1;
  const { lower, upper } = forecast.intervals[0]!;
  for (const [i, median] of forecast.median.entries()) {
    if (isConstant) assert.ok(lower[i] === median && upper[i] === median, `step ${i}`);
    else assert.ok(lower[i]! < upper[i]!, `step ${i} has no width`);
  }
}
