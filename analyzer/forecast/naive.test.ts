// The naive family: what they repeat, and how wide they say they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { differenceErrors } from './difference-errors.ts';
import { drift } from './drift.ts';
import { autoregressive } from './generated-series.ts';
import { naive } from './naive.ts';
import { seasonalNaive } from './seasonal-naive.ts';

test('naive repeats the last value', () => {
  const path = naive.fit(Float64Array.of(0, 1, 0.5))?.predict(3);
  assert.deepEqual([...(path?.centre ?? [])], [0.5, 0.5, 0.5]);
  assert.equal(naive.fit(new Float64Array(0)), undefined);
});

test('drift goes on along the line from the first value to the last', () => {
  const path = drift.fit(Float64Array.of(0, 0.3, 0.2, 0.6))?.predict(2);
  assert.ok(path !== undefined);
  assert.ok(Math.abs(path.centre[0]! - 0.8) < 1e-12);
  assert.ok(Math.abs(path.centre[1]! - 1) < 1e-12);
  assert.equal(drift.fit(Float64Array.of(1)), undefined);
});

test('seasonal naive repeats the last season and needs two', () => {
  const values = Float64Array.of(1, 2, 3, 1.5, 2.5, 3.5);
  const path = seasonalNaive(3).fit(values)?.predict(4);
  assert.deepEqual([...(path?.centre ?? [])], [1.5, 2.5, 3.5, 1.5]);
  const errors = [...(path?.error ?? [])];
  assert.deepEqual(errors.slice(0, 3), [0.5, 0.5, 0.5]);
  assert.ok(Math.abs(errors[3]! - 0.5 * Math.SQRT2) < 1e-12);
  assert.equal(seasonalNaive(4).fit(values), undefined);
});

test('the errors of a random walk grow with the square root of the distance', () => {
  const errors = differenceErrors(autoregressive(20_000, 1, 4), 64, 0);
  for (const steps of [1, 4, 16, 64]) {
    const ratio = errors[steps - 1]! / Math.sqrt(steps);
    assert.ok(ratio > 0.95 && ratio < 1.05, `${steps} steps: ${ratio}`);
  }
});

test('the errors of noise do not grow, and a known slope is no error', () => {
  const noise = differenceErrors(autoregressive(20_000, 0, 4), 50, 0);
  assert.ok(Math.abs(noise[49]! / noise[0]! - 1) < 0.05);
  const line = Float64Array.from({ length: 50 }, (_, i) => 2 * i);
  assert.ok(differenceErrors(line, 40, 2).every((error) => error === 0));
});

test('beyond a third of the history the errors follow the square root', () => {
  const errors = differenceErrors(autoregressive(30, 1, 9), 40, 0);
  assert.ok(Math.abs(errors[39]! / errors[9]! - 2) < 1e-12);
});
