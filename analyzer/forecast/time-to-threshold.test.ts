import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Forecast } from '../series/forecast.ts';
import { joinHorizons, timeToThreshold } from './time-to-threshold.ts';

const rising: Forecast = {
  model: 'drift',
  median: Float64Array.of(20, 30, 40, 50),
  intervals: [
    { level: 0.8, lower: Float64Array.of(15, 20, 25, 30), upper: Float64Array.of(25, 40, 55, 70) },
  ],
};
const upward = { limit: 45, direction: 'above', step: 60, current: 10 } as const;

test('the early date is that of the upper path, interpolated between the steps', () => {
  const { p10, p50, p90 } = timeToThreshold(rising, upward);
  assert.equal(p10, 60 * (2 + 1 / 3));
  assert.equal(p50, 60 * 3.5);
  assert.equal(p90, Infinity);
});

test('the first step is counted from the current value', () => {
  assert.equal(timeToThreshold(rising, { ...upward, limit: 15 }).p50, 30);
  assert.equal(timeToThreshold(rising, { ...upward, limit: 15, current: Number.NaN }).p50, 0);
});

test('a limit that is already reached is reached now', () => {
  for (const current of [45, 46]) {
    const times = timeToThreshold(rising, { ...upward, current });
    assert.deepEqual(times, { p10: 0, p50: 0, p90: 0 });
  }
});

test('downward the early date is that of the lower path', () => {
  const falling: Forecast = {
    model: 'drift',
    median: Float64Array.of(8, 6, 4),
    intervals: [{ level: 0.8, lower: Float64Array.of(7, 4, 1), upper: Float64Array.of(9, 8, 7) }],
  };
  const times = timeToThreshold(falling, { limit: 5, direction: 'below', step: 1, current: 10 });
  assert.deepEqual(times, { p10: 1 + 2 / 3, p50: 2.5, p90: Infinity });
});

test('what does not come within the horizon is infinite', () => {
  const never = { p10: Infinity, p50: Infinity, p90: Infinity };
  assert.deepEqual(timeToThreshold(rising, { ...upward, limit: 71 }), never);
  assert.deepEqual(timeToThreshold(rising, { ...upward, limit: Number.NaN }), never);
});

test('a forecast without the 80 % band cannot be read', () => {
  assert.throws(() => timeToThreshold({ ...rising, intervals: [] }, upward), /level 0.8/);
});

test('the shortest horizon with a date speaks, and the dates stay in order', () => {
  const short = { p10: 500, p50: Infinity, p90: Infinity, end: 0, horizon: 300 };
  const middle = { p10: 900, p50: 400, p90: Infinity, end: 0, horizon: 3600 };
  const long = { p10: 0, p50: 3000, p90: 7200, end: 0, horizon: 86_400 };
  assert.deepEqual(joinHorizons([short, middle, long], 0), { p10: 500, p50: 500, p90: 7200 });
  assert.deepEqual(joinHorizons([], 0), { p10: Infinity, p50: Infinity, p90: Infinity });
});

test('a date counts from now, however old the forecast that has it', () => {
  const old = { p10: 600, p50: 4_000, p90: Infinity, end: 1_000, horizon: 86_400 };
  assert.deepEqual(joinHorizons([old], 2_000), { p10: 0, p50: 3_000, p90: Infinity });
});

test('an old longer horizon does not contradict a shorter one that looked as far', () => {
  const never = { p10: Infinity, p50: Infinity, p90: Infinity };
  const check = (seconds: number, want: number) => {
    const short = { ...never, p10: 300, end: 10_000, horizon: 600 };
    const long = { ...never, p10: 0, p50: seconds, end: 7_000, horizon: 86_400 };
    const { p10, p50 } = joinHorizons([short, long], 10_000);
    assert.deepEqual([p10, p50], [300, want]);
  };
  check(0, Infinity);
  check(2_900, Infinity);
  check(3_100, 600);
  check(5_000, 2_000);
});
