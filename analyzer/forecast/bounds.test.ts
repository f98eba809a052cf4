import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Forecast } from '../series/forecast.ts';
import { withinBounds } from './bounds.ts';

const forecast: Forecast = {
  model: 'naive',
  median: Float64Array.of(-0.1, 0.5, 1.2),
  intervals: [
    { level: 0.8, lower: Float64Array.of(-0.3, 0.2, 0.9), upper: Float64Array.of(0.1, 0.8, 1.5) },
  ],
};

test('every path is kept within both bounds, in order', () => {
  const { model, median, intervals } = withinBounds(forecast, { min: 0, max: 1 });
  assert.equal(model, 'naive');
  assert.deepEqual([...median], [0, 0.5, 1]);
  assert.deepEqual([...intervals[0]!.lower], [0, 0.2, 0.9]);
  assert.deepEqual([...intervals[0]!.upper], [0.1, 0.8, 1]);
  assert.equal(intervals[0]!.level, 0.8);
});

test('one bound or none leaves the other side alone', () => {
  assert.deepEqual([...withinBounds(forecast, { min: 0 }).median], [0, 0.5, 1.2]);
  assert.deepEqual(withinBounds(forecast, {}), forecast);
});

test('the forecast that came in is left as it was', () => {
  withinBounds(forecast, { min: 0, max: 1 });
  assert.equal(forecast.median[2], 1.2);
});
