// Who speaks: by name, by the season that the series itself shows, after a break, on the day that the clock changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadAugurs } from '../pipeline/load-augurs.ts';
import type { ChosenForecast } from './chosen-forecast.ts';
import { type ForecastOptions, forecastSeries, MODELS } from './forecast-series.ts';
import { checkForecast } from './forecaster.contract.ts';
import { autoregressive, seriesOf } from './generated-series.ts';

const STEPS = 24;
const OPTIONS: ForecastOptions = { steps: STEPS, levels: [0.8, 0.95], season: 24 };
const noise = autoregressive(960, 0.5, 8);
const shape = (i: number) => 20 * Math.sin((2 * Math.PI * i) / 24) + 10 * (i % 24 > 17 ? 1 : 0);
const daily = noise.map((value, i) => 100 + shape(i) + value);

function sound(values: ArrayLike<number>, options: Partial<ForecastOptions> = {}): ChosenForecast {
  const tools = { augurs: loadAugurs };
  const answer = forecastSeries(seriesOf(values, 3600), { ...OPTIONS, ...options }, tools);
  assert.ok(!('reason' in answer), 'reason' in answer ? answer.detail : '');
  checkForecast(answer, STEPS);
  return answer;
}

function missOf(path: Float64Array, truth: (step: number) => number): number {
  return path.reduce((sum, value, i) => sum + Math.abs(value - truth(i)), 0) / path.length;
}

for (const name of MODELS)
  test(`${name} speaks when it alone is named`, () => {
    assert.equal(sound(daily.subarray(0, 400), { models: [name] }).model, name);
  });

test('named beside the ensemble, a model becomes one of its members', () => {
  const { model, ensemble } = sound(daily, { models: ['ensemble', 'mstl'] });
  assert.equal(model, 'ensemble');
  assert.ok(ensemble?.members.some(({ name }) => name.startsWith('mstl')));
});

test('single best and weighted ensemble are both kept', () => {
  for (const options of [{}, { models: ['ets', 'theta', 'naive'] }]) {
    const { single, ensemble } = sound(daily, options);
    assert.ok(single !== undefined && ensemble !== undefined);
    assert.ok(ensemble.members.some(({ name }) => name === single.name));
    assert.ok(Math.abs(ensemble.members.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-9);
    assert.ok([single.median, ensemble.median].every((path) => path.length === STEPS));
  }
});

test('a name that no model has, or a library that is not there, is a reason', () => {
  const detailOf = (models: string[]) => {
    const answer = forecastSeries(seriesOf(daily), { ...OPTIONS, models });
    return 'reason' in answer ? answer.detail : '';
  };
  assert.match(detailOf(['oracle']), /no model is called oracle: expected some of ensemble, arima/);
  assert.match(detailOf(['prophet']), /need a season or a library/);
  assert.match(detailOf([]), /name one at least/);
});

test('a season that nobody declared is found and continued', () => {
  const saw = (i: number) => 50 + (i % 60);
  const values = noise.subarray(0, 240).map((value, i) => saw(i) + value);
  const { season: _, ...none } = OPTIONS;
  const answer = forecastSeries(seriesOf(values, 60), none);
  assert.ok(!('reason' in answer));
  assert.ok(missOf(answer.median, (step) => saw(240 + step)) < 3);
});

test('after a clear break only what came later counts', () => {
  const values = daily.map((value, i) => (i < 600 ? value : value + 400));
  const { median } = sound(values);
  assert.ok(missOf(median, (step) => 500 + shape(960 + step)) < 3);
});

test('a day that the clock moved: within days the forecast has moved along', () => {
  // 24 h of UTC is what the samples repeat by; local life then begins an hour earlier.
  const moved = (days: number) =>
    noise.map((value, i) => 100 + shape(i >= 960 - 24 * days ? i + 1 : i) + value);
  const after = (step: number) => 100 + shape(960 + step + 1);
  const before = (step: number) => 100 + shape(960 + step);
  const { median } = sound(moved(5));
  assert.ok(missOf(median, after) < 0.7 * missOf(median, before), 'five days later');
  const { intervals } = sound(moved(0.5));
  const wide = intervals[1]!;
  const inside = wide.lower.filter(
    (low, step) => low <= after(step) && after(step) <= wide.upper[step]!,
  ).length;
  assert.ok(inside >= STEPS / 2, `on the day itself ${inside} of ${STEPS}`);
});
