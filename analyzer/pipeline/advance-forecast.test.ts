import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Forecast } from '../series/forecast.ts';
import type { Series } from '../series/series.ts';
import { advance, ageOf, type Fit, isSurprised } from './advance-forecast.ts';

const END = 1000;
const STEP = 10;
const LENGTH = 15;

/** A forecast of 0, 1, 2, … whose half width at each step is given. */
function fitOf(width: (step: number) => number): Fit {
  const median = Float64Array.from({ length: LENGTH }, (_, i) => i);
  const interval = (level: number, scale: number) => ({
    level,
    lower: median.map((value, i) => value - scale * width(i + 1)),
    upper: median.map((value, i) => value + scale * width(i + 1)),
  });
  const forecast: Forecast = {
    model: 'm',
    median,
    intervals: [interval(0.8, 1), interval(0.95, 2)],
  };
  return { forecast, end: END };
}

/** What came after the fit. */
function historyOf(...values: number[]): Series {
  return {
    labels: {},
    start: END - STEP,
    step: STEP,
    values: Float64Array.of(0, 0, ...values),
  };
}
const constant = fitOf(() => 1);
const walk = fitOf(Math.sqrt);

test('nothing new leaves the forecast as it is', () => {
  const same = advance({ fit: constant, history: historyOf(), steps: 10 });
  assert.deepEqual(same?.median, constant.forecast.median.slice(0, 10));
  assert.equal(same?.intervals.length, 2);
});

test('as expected: the rest of the path, without a correction', () => {
  const moved = advance({ fit: walk, history: historyOf(0, 1), steps: 10 });
  assert.deepEqual([...(moved?.median ?? [])], [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
});

test('errors that do not build up say nothing of the future', () => {
  const moved = advance({ fit: constant, history: historyOf(0, 9), steps: 10 });
  assert.equal(moved?.median[0], 2);
});

test('after a walk the level is the new one, order and width of the bounds are kept', () => {
  const moved = advance({ fit: walk, history: historyOf(0, 6), steps: 10 })!;
  const persistence = Math.sqrt(1 - 1 / LENGTH);
  assert.ok(Math.abs(moved.median[0]! - (2 + 5 * persistence)) < 1e-9);
  for (const { lower, upper } of moved.intervals)
    for (const [i, value] of moved.median.entries())
      assert.ok(lower[i]! <= value && value <= upper[i]!);
});

test('a gap in what came is skipped', () => {
  const moved = advance({ fit: walk, history: historyOf(5, Number.NaN), steps: 10 })!;
  assert.ok(moved.median[0]! > 2);
  assert.ok(moved.median.every(Number.isFinite));
});

test('a fit does not reach farther than it was made for, nor back', () => {
  assert.equal(advance({ fit: walk, history: historyOf(0, 1, 2, 3, 4, 5), steps: 10 }), undefined);
  const early = { ...historyOf(), start: END - 10 * STEP };
  assert.equal(ageOf(walk, early), -9);
  assert.equal(advance({ fit: walk, history: early, steps: 10 }), undefined);
});

test('a series is surprising when it left the narrow band twice, or the wide one now', () => {
  const check = (want: boolean, ...values: number[]) =>
    assert.equal(isSurprised(constant, historyOf(...values)), want, values.join());
  check(false);
  check(false, 0, 1, 2);
  check(false, 1.5);
  check(true, 1.5, 2.5);
  check(true, 0, 1, 9);
  check(false, 0, 9, 2, 3);
  check(false, Number.NaN, Number.NaN);
});
