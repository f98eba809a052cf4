// The package behind its guards: right where theory is known, silent where it would be wild.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arima } from './arima.ts';
import { autoregressive } from './generated-series.ts';
import { withSeason } from './with-season.ts';
import { withTrend } from './with-trend.ts';

function scaled(values: Float64Array): Float64Array {
  const limit = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  return values.map((value) => value / limit);
}

function predict(model: ReturnType<typeof arima>, values: Float64Array, steps: number) {
  const path = model.fit(values)?.predict(steps);
  assert.ok(path !== undefined, `${model.name} is silent`);
  return path;
}

test('AR(1): the path decays by the coefficient, the error grows to the spread of the series', () => {
  const values = scaled(autoregressive(720, 0.8, 2));
  const { centre, error } = predict(arima([1, 0, 0]), values, 40);
  const level = centre[39]!;
  const memory = (centre[2]! - level) / (centre[1]! - level);
  assert.ok(Math.abs(memory - 0.8) < 0.1, `memory ${memory}`);
  // Theory: error(∞) / error(1) = 1 / √(1 − 0.8²) = 1.667
  assert.ok(Math.abs(error[39]! / error[0]! - 1.667) < 0.3, `${error[39]! / error[0]!}`);
});

test('a random walk: a flat path, and errors that grow with the square root of the distance', () => {
  const values = scaled(autoregressive(720, 1, 3));
  const { centre, error } = predict(arima([0, 1, 1]), values, 64);
  assert.ok(Math.abs(centre[63]! - values.at(-1)!) < 3 * error[0]!);
  assert.ok(Math.abs(error[63]! / error[0]! - 8) < 1.5, `${error[63]! / error[0]!}`);
});

test('a constant is answered without the package', () => {
  const { centre, error } = predict(arima([1, 1, 1]), new Float64Array(50).fill(0.25), 5);
  assert.deepEqual([...centre], Array(5).fill(0.25));
  assert.deepEqual([...error], Array(5).fill(0));
});

test('too short a history is no reason to call the package', () => {
  assert.equal(arima([1, 0, 1]).fit(new Float64Array(13)), undefined);
  assert.notEqual(arima([1, 0, 1]).fit(new Float64Array(14)), undefined);
});

test('no answer is wild: every path of many odd series stays near its history or is withheld', () => {
  for (let seed = 0; seed < 40; seed++) {
    const walk = autoregressive(60 + seed, 1.02, seed);
    const values = scaled(walk.map((value, i) => (seed % 3 ? value : value + (i % 7 ? 0 : 30))));
    for (const order of [
      [0, 1, 1],
      [1, 1, 1],
      [1, 0, 1],
      [2, 1, 2],
      [3, 0, 1],
    ] as const) {
      const path = arima(order).fit(values)?.predict(60);
      if (path === undefined) continue;
      assert.ok(path.centre.every((value) => Math.abs(value) <= 21));
      assert.ok(path.error.every((value) => value >= 0 && value <= 20));
    }
  }
});

test('with a trend taken out first, a noisy line goes on', () => {
  const noise = autoregressive(300, 0.3, 8);
  const values = noise.map((value, i) => -0.75 + (i * 1.5) / 300 + 0.02 * value);
  const { centre } = predict(withTrend(arima([0, 1, 1])), values, 60);
  assert.ok(Math.abs(centre[59]! - (-0.75 + (359 * 1.5) / 300)) < 0.05, `${centre[59]}`);
});

test('with a season taken out first, a wave goes on', () => {
  const noise = autoregressive(400, 0, 6);
  const wave = (i: number) => 0.6 * Math.sin((2 * Math.PI * i) / 48);
  const values = noise.map((value, i) => wave(i) + 0.05 * value);
  const { centre } = predict(withSeason(arima([1, 0, 1]), 48), values, 60);
  for (const [i, value] of centre.entries())
    assert.ok(Math.abs(value - wave(400 + i)) < 0.12, `step ${i}`);
  assert.equal(withSeason(arima([1, 0, 1]), 48).fit(values.slice(0, 143)), undefined);
});

test('an odd season and one of two steps have a profile too', () => {
  for (const season of [2, 7]) {
    const values = Float64Array.from({ length: 84 }, (_, i) => (i % season === 0 ? 1 : 0));
    const { centre } = predict(withSeason(arima([0, 1, 1]), season), values, season);
    assert.ok(Math.abs(centre[84 % season === 0 ? 0 : season - (84 % season)]! - 1) < 0.05);
  }
});
