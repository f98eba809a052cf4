import assert from 'node:assert/strict';
import { test } from 'node:test';
import { combine, members, planOrigins } from './ensemble.ts';
import { seasonalMean } from './rolling.ts';

/** Hours with a daily and a weekly shape and deterministic noise. */
function hours(n: number, noise = 0.1): Float64Array {
  return Float64Array.from({ length: n }, (_, t) => {
    const shock = Math.sin(t * 12.9898) * 43758.5453;
    const weekend = Math.floor(t / 24) % 7 >= 5 ? 0.6 : 1;
    return (
      100 * weekend * (1.5 + Math.sin((2 * Math.PI * t) / 24)) +
      100 * noise * (shock - Math.floor(shock) - 0.5)
    );
  });
}

test('origins are a season apart, end before the test part, and leave half to learn from', () => {
  const { origins } = planOrigins(960, 48, 24)!;
  assert.equal(origins.length, 13);
  assert.deepEqual(origins.slice(-3), [888, 912, 960]);
  assert.ok(origins[0]! >= 480);
});

test('a short history is tested three times or not at all', () => {
  assert.deepEqual(planOrigins(168, 48, 24)?.origins, [72, 96, 120, 168]);
  assert.equal(planOrigins(167, 48, 24), undefined);
  assert.equal(planOrigins(0, 48, 24), undefined);
});

test('a daily and weekly shape is continued far better than by repeating yesterday', () => {
  const values = hours(960 + 48);
  const truth = values.subarray(960);
  const history = values.subarray(0, 960);
  const errorOf = (path: Float64Array) =>
    path.reduce((sum, value, step) => sum + Math.abs(value - truth[step]!), 0);
  const [yesterday] = seasonalMean(24, 1).roll(history, { origins: [960], steps: 48 })!;
  const { path } = combine(history, 48, { short: 24, long: 168 })!;
  assert.ok(errorOf(path) < 0.5 * errorOf(yesterday!), `${errorOf(path)} ${errorOf(yesterday!)}`);
});

test('the weights sum to 1, best first, and the errors are those of the blend', () => {
  const { weights, errors } = combine(hours(960), 48, { short: 24, long: 168 })!;
  assert.ok(Math.abs(weights.reduce((sum, { weight }) => sum + weight, 0) - 1) < 1e-12);
  for (let i = 1; i < weights.length; i++) assert.ok(weights[i - 1]!.weight >= weights[i]!.weight);
  assert.equal(errors.length, 12);
  assert.ok(errors.every((error) => error.length === 48 && error.every((value) => value >= 0)));
});

test('a member without any error takes all', () => {
  const { weights } = combine(
    hours(400, 0).map((_, t) => (t % 24) + 1),
    24,
    { short: 24 },
  )!;
  assert.ok(weights[0]!.weight > 0.1);
  assert.ok(weights.filter(({ weight }) => weight === 0).length > 0);
});

test('the same history gives the same answer, and names are unique', () => {
  const twice = [1, 2].map(() => [...combine(hours(500), 24, { short: 24 })!.path]);
  assert.deepEqual(twice[0], twice[1]);
  const names = members({ short: 24, long: 168 }).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
});

test('seasons of any length have usable lags', () => {
  for (const short of [2, 3, 7, 60, 288]) {
    const values = Float64Array.from(
      { length: short * 12 + 100 },
      (_, t) => 5 + (t % short) + 0.1 * Math.sin(t),
    );
    const ensemble = combine(values, short, { short });
    assert.ok(ensemble?.path.every(Number.isFinite), `season ${short}`);
  }
});
