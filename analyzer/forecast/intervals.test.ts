// References: scipy 1.17.1 `stats.t.ppf`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Trial } from './backtest.ts';
import { calibratedErrors, intervalsAround, studentHalfWidth } from './intervals.ts';
import { naive } from './naive.ts';

function trial(excess: readonly number[], origins = 6): Trial {
  return { model: naive, error: 1, excess: Float64Array.from(excess), origins };
}

function path(errors: readonly number[]) {
  return { centre: new Float64Array(errors.length), error: Float64Array.from(errors) };
}

test('the width of few degrees of freedom is that of Student', () => {
  const cases = [
    [0.95, 10, 2.2281388519649385],
    [0.8, 10, 1.3721836411102861],
    [0.95, 4, 2.7764451051977987],
    [0.8, 4, 1.5332062740589438],
  ] as const;
  for (const [level, freedom, want] of cases)
    assert.ok(Math.abs(studentHalfWidth(level, freedom) - want) < 0.05, `${level} ${freedom}`);
});

test('an honest model keeps its errors', () => {
  const { standard, freedom } = calibratedErrors(path([1, 2, 3]), trial([1, 1, 1]));
  assert.deepEqual([...standard], [1, 2, 3]);
  assert.equal(freedom, 10);
});

test('a model that was too sure is widened, one that was too shy is narrowed, both with restraint', () => {
  const [sure] = calibratedErrors(path([1, 1, 1]), trial([9, 9, 9])).standard;
  const [shy] = calibratedErrors(path([1, 1, 1]), trial([0, 0, 0])).standard;
  assert.ok(Math.abs(sure! - Math.sqrt((4 + 6 * 9) / 10)) < 1e-12);
  assert.ok(Math.abs(shy! - Math.sqrt(0.4)) < 1e-12);
});

test('each part of the horizon has its own correction, and the width never shrinks with distance', () => {
  const far = calibratedErrors(path(Array(6).fill(1)), trial([1, 1, 1, 1, 25, 25])).standard;
  assert.equal(far[0], 1);
  assert.ok(far[5]! > 3);
  const near = calibratedErrors(path(Array(6).fill(1)), trial([25, 25, 1, 1, 1, 1])).standard;
  for (let i = 1; i < 6; i++) assert.ok(near[i]! >= near[i - 1]!);
});

test('what lies beyond the tested part is less certain', () => {
  const { standard } = calibratedErrors(path(Array(48).fill(1)), trial([1, 1, 1]));
  assert.ok(Math.abs(standard[47]! - 2) < 1e-12);
});

test('a model that claims certainty gets a floor', () => {
  const { standard } = calibratedErrors(path([0, 0]), undefined);
  assert.deepEqual([...standard], [1e-6, 1e-6]);
});

test('levels come narrowest first, in the units of the history', () => {
  const errors = { standard: Float64Array.of(0.1), freedom: 1e9 };
  const prepared = { values: new Float64Array(1), middle: 50, halfRange: 10 };
  const parts = { model: naive, path: path([0.1]), errors, prepared, levels: [0.95, 0.8] };
  const { median, intervals } = intervalsAround(parts);
  assert.equal(median[0], 50);
  assert.deepEqual(
    intervals.map(({ level }) => level),
    [0.8, 0.95],
  );
  assert.ok(Math.abs(intervals[1]!.upper[0]! - 51.959964) < 1e-5);
  assert.ok(Math.abs(intervals[0]!.lower[0]! - (50 - 1.281552)) < 1e-5);
});
