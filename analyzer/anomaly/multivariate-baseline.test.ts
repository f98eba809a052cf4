import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUniform } from '../math/uniform.ts';
import { expectedAt, fitBaseline, MAX_DEVIATION, standardise } from './multivariate-baseline.ts';

const HOUR = 3600;

/** One column over so many hours. */
function fit(hours: number, value: (hour: number) => number) {
  const values = Float64Array.from({ length: hours }, (_, hour) => value(hour));
  const times = Float64Array.from({ length: hours }, (_, hour) => hour * HOUR);
  return fitBaseline({ columns: 1, count: hours, values }, times);
}

const day = (hour: number) => 10 + 5 * Math.sin((2 * Math.PI * hour) / 24);

test('a daily course is expected again', () => {
  const uniform = createUniform(1);
  const baseline = fit(240, (hour) => day(hour) + uniform() - 0.5);
  for (const hour of [240, 246, 258])
    assert.ok(Math.abs(expectedAt(baseline, hour * HOUR)[0]! - day(hour)) < 0.4);
  assert.ok(baseline.scales[0]! < 0.5);
});

test('noise is not taken for a season', () => {
  const uniform = createUniform(2);
  const baseline = fit(240, () => uniform());
  const expected = Array.from({ length: 24 }, (_, hour) => expectedAt(baseline, hour * HOUR)[0]!);
  assert.ok(Math.max(...expected) - Math.min(...expected) < 0.15);
});

test('a few faults in the past move neither level nor scale', () => {
  const clean = fit(1000, (hour) => day(hour) + (hour % 7) / 10);
  const faulty = fit(1000, (hour) => (hour % 400 === 9 ? 500 : day(hour) + (hour % 7) / 10));
  assert.ok(Math.abs(expectedAt(faulty, 0)[0]! - expectedAt(clean, 0)[0]!) < 0.2);
  // The range seen is what a deviation is measured by at least, and the faults widen it: 2 % of 500.
  assert.ok(faulty.scales[0]! < 11);
});

test('deviations are bounded, a gap deviates by nothing, a constant series by what its level allows', () => {
  const baseline = fit(50, () => 200);
  const at = (value: number) => standardise(baseline, Float64Array.of(value), 0)[0];
  assert.equal(at(200), 0);
  assert.equal(at(202), 1);
  assert.equal(at(1e9), MAX_DEVIATION);
  assert.equal(at(Number.NaN), 0);
});

test('a column without any value and a history without rows have a baseline of nothing', () => {
  const empty = fit(50, () => Number.NaN);
  assert.deepEqual([...expectedAt(empty, 0)], [0]);
  assert.ok(empty.scales[0]! > 0);
  const none = fitBaseline(
    { columns: 1, count: 0, values: new Float64Array(0) },
    new Float64Array(0),
  );
  assert.ok(Number.isFinite(expectedAt(none, 0)[0]!));
});
