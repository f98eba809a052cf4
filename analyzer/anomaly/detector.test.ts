import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDetector } from './detector.contract.ts';
import { judgeBand, MAX_SCORE } from './detector.ts';
import { forecastBand } from './forecast-band.ts';
import { DETECTORS } from './list.ts';

for (const { detector } of DETECTORS) testDetector(detector);

test('names are unique', () => {
  const names = DETECTORS.map(({ detector }) => detector.name);
  assert.equal(new Set(names).size, names.length);
});

test('the distance to either edge is 1, each side on its own scale', () => {
  const band = { median: 10, lower: 8, upper: 20 };
  const scores = [10, 20, 25, 8, 4].map((value) => judgeBand(value, band).score);
  assert.deepEqual(scores, [0, 1, 1.5, 1, 3]);
});

test('a band without width: its value is expected, every other is as far as scores go', () => {
  const band = { median: 5, lower: 5, upper: 5 };
  assert.equal(judgeBand(5, band).score, 0);
  assert.equal(judgeBand(5.1, band).score, MAX_SCORE);
});

test('forecast-band: without a usable forecast there is no opinion', () => {
  const state = new Float64Array(0);
  const forecasts = [
    undefined,
    { median: Number.NaN, lower: 0, upper: 1 },
    { median: 5, lower: 6, upper: 7 },
    { median: 5, lower: -Infinity, upper: Infinity },
  ];
  for (const forecast of forecasts)
    assert.ok(Number.isNaN(forecastBand.judge(state, { time: 0, value: 5, forecast }).score));
});
