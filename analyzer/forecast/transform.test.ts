// Every transform: undone exactly, refused where it does not belong, and any model survives the contract through it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boxCoxTransform } from './box-cox-transform.ts';
import { ets } from './ets.ts';
import { testForecaster } from './forecaster.contract.ts';
import { createForecaster } from './forecaster.ts';
import { autoregressive, seriesOf } from './generated-series.ts';
import { imputeTransform } from './impute-transform.ts';
import { logTransform } from './log-transform.ts';
import { naive } from './naive.ts';
import { scaleTransform } from './scale-transform.ts';
import { type Transform, withTransform } from './transform.ts';

const POSITIVE = autoregressive(200, 0.7, 4).map((value) => Math.exp(value));
const TRANSFORMS: readonly Transform[] = [
  logTransform,
  boxCoxTransform,
  scaleTransform,
  imputeTransform(),
];

for (const transform of TRANSFORMS) {
  test(`${transform.name}: there and back is the same, and order is kept`, () => {
    const fitted = transform.fit(POSITIVE)!;
    const sorted = POSITIVE.slice().sort();
    const moved = sorted.map(fitted.apply);
    assert.deepEqual(moved, moved.slice().sort());
    for (const [i, value] of sorted.entries())
      assert.ok(Math.abs(fitted.invert(moved[i]!) - value) <= 1e-12 * value);
    assert.deepEqual(fitted.values, POSITIVE.map(fitted.apply));
  });
}

/** Positive series only may pass a logarithm: these two go through the contract where they can be silent. */
for (const transform of [scaleTransform, imputeTransform()])
  testForecaster(createForecaster(withTransform(ets('damped'), transform)));

test('a logarithm is refused at 0 and below, measured from where 0 lies', () => {
  for (const transform of [logTransform, boxCoxTransform]) {
    assert.equal(transform.fit(Float64Array.of(1, 2, 0)), undefined);
    assert.equal(transform.fit(Float64Array.of(1, 2, -1)), undefined);
    assert.equal(transform.fit(Float64Array.of(-0.5, 0.5), { zero: -0.5 }), undefined);
    assert.ok(transform.fit(Float64Array.of(-0.5, 0.5), { zero: -1 }));
  }
});

test('Box–Cox takes the logarithm of the log-normal and leaves the normal alone', () => {
  assert.ok(Math.abs(boxCoxTransform.fit(POSITIVE)!.apply(Math.E) - 1) < 1e-12);
  const normal = autoregressive(400, 0, 4).map((value) => 5 + value);
  const { apply } = boxCoxTransform.fit(normal)!;
  assert.ok(Math.abs(apply(5) - apply(4) - 1) < 0.3);
});

test('constants have no scale, and nothing but gaps cannot be filled', () => {
  assert.equal(scaleTransform.fit(new Float64Array(9).fill(3)), undefined);
  assert.equal(imputeTransform().fit(new Float64Array(9).fill(Number.NaN)), undefined);
  const holed = Float64Array.of(1, 5, 1, Number.NaN, 1, 5);
  assert.deepEqual([...imputeTransform(2).fit(holed)!.values], [1, 5, 1, 5, 1, 5]);
});

test('growth by a share is continued by the logarithm, with an interval that opens upwards', () => {
  const values = Float64Array.from({ length: 120 }, (_, i) => 100 * 1.02 ** i);
  const seen = createForecaster(withTransform(ets('holt'), logTransform)).fit(seriesOf(values));
  assert.ok(!('reason' in seen));
  const forecast = seen.predict(20, [0.8]);
  assert.ok(!('reason' in forecast));
  const truth = 100 * 1.02 ** 139;
  assert.ok(Math.abs(forecast.median[19]! / truth - 1) < 0.02, String(forecast.median[19]));
});

test('a model that explodes behind a transform is dropped', () => {
  const wild = {
    ...naive,
    fit: () => ({
      predict: (steps: number) => ({
        centre: new Float64Array(steps).fill(800),
        error: new Float64Array(steps),
      }),
    }),
  };
  const fitted = withTransform(wild, logTransform).fit(POSITIVE);
  assert.equal(fitted?.predict(5), undefined);
});
