import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RidgeShape, ridge } from './ridge.ts';

/** x[t] = 0.6 x[t-1] + 0.3 x[t-2] + a deterministic shock. */
function autoregression(n: number): Float64Array {
  const values = new Float64Array(n);
  for (let t = 2; t < n; t++) {
    const shock = Math.sin(t * 12.9898) * 43758.5453;
    values[t] = 0.6 * values[t - 1]! + 0.3 * values[t - 2]! + (shock - Math.floor(shock) - 0.5);
  }
  return values;
}
const sine = (n: number, season: number) =>
  Float64Array.from({ length: n }, (_, t) => 10 + Math.sin((2 * Math.PI * t) / season));
interface Plan {
  readonly origins: readonly number[];
  readonly steps?: number;
}
const roll = (shape: Partial<RidgeShape>, values: Float64Array, { origins, steps = 5 }: Plan) =>
  ridge({ name: 'test', lags: [1, 2], penalty: 1e-6, ...shape }).roll(values, { origins, steps });

test('the coefficients of an autoregression are found: one step ahead is its own equation', () => {
  const values = autoregression(2000);
  const [path] = roll({}, values, { origins: [2000], steps: 1 })!;
  const want = 0.6 * values[1999]! + 0.3 * values[1998]!;
  assert.ok(Math.abs(path![0]! - want) < 0.05, `${path![0]} ${want}`);
});

test('a pure season is continued exactly, on values, logarithms and differences', () => {
  const values = sine(240, 24);
  for (const shape of [{}, { log: true }, { differenceLag: 1 }, { differenceLag: 5 }]) {
    const [path] = roll({ lags: [1, 2, 23, 24], ...shape }, values, { origins: [240], steps: 24 })!;
    for (let step = 0; step < 24; step++) {
      const want = 10 + Math.sin((2 * Math.PI * (240 + step)) / 24);
      assert.ok(Math.abs(path![step]! - want) < 0.05, `${JSON.stringify(shape)} ${step}`);
    }
  }
});

test('an origin sees nothing of what comes after it', () => {
  const values = autoregression(300);
  const changed = values.slice();
  changed.fill(1000, 200);
  const before = roll({}, values, { origins: [200, 300] })!;
  const after = roll({}, changed, { origins: [200, 300] })!;
  assert.deepEqual([...before[0]!], [...after[0]!]);
  assert.notDeepEqual([...before[1]!], [...after[1]!]);
});

test('fitting at many origins at once is the same as fitting at each alone', () => {
  const values = autoregression(300);
  const [, , last] = roll({}, values, { origins: [200, 250, 300] })!;
  // Centre and scale come from the first origin; without a penalty they do not change the fit.
  const [alone] = roll({}, values, { origins: [300] })!;
  for (let step = 0; step < 5; step++) assert.ok(Math.abs(last![step]! - alone![step]!) < 1e-4);
});

test('what cannot be fitted has no answer, and a path never runs away', () => {
  assert.equal(roll({}, new Float64Array(300).fill(5), { origins: [300] }), undefined, 'constant');
  assert.equal(roll({}, autoregression(12), { origins: [12] }), undefined, 'too short');
  assert.equal(
    roll({ log: true }, autoregression(300), { origins: [300] }),
    undefined,
    'not positive',
  );
  const explosive = Float64Array.from({ length: 100 }, (_, t) => 1.3 ** t);
  const [path] = roll({ lags: [1] }, explosive, { origins: [100], steps: 500 }) ?? [
    Float64Array.of(0),
  ];
  assert.ok(path!.every(Number.isFinite));
});
