import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SignalForecast } from './answers.ts';
import { filterSeries, joinPaths, toForecastSeries } from './forecasts.ts';

function forecast(over: Partial<SignalForecast>): SignalForecast {
  return {
    ...{ signal: 'host_cpu', unit: 'ratio', labels: { instance: 'a' }, horizon: 600 },
    ...{ step: 10, value: 0.5, limit: 0.8 },
    forecast: {
      model: 'ets',
      timestamps: [1010, 1020],
      p50: [0.51, 0.52],
      intervals: [{ level: 0.8, lower: [0.4, 0.3], upper: [0.6, 0.7] }],
    },
    timeToThreshold: { p10: null, p50: null, p90: null },
    ...over,
  };
}
const at = (seconds: number) => ({ seconds, at: '' });

test('the horizons of a series are one entry; the soonest crossing comes first', () => {
  const all = toForecastSeries([
    forecast({ signal: 'none', limit: null }),
    forecast({ horizon: 3600, timeToThreshold: { p10: at(100), p50: at(900), p90: null } }),
    forecast({}),
    forecast({ signal: 'soon', timeToThreshold: { p10: at(0), p50: at(60), p90: at(90) } }),
    forecast({ signal: 'maybe', timeToThreshold: { p10: at(5), p50: null, p90: null } }),
  ]);
  assert.deepEqual(
    all.map(({ signal, p50, p10, horizons }) => [signal, p50, p10, horizons.length]),
    [
      ['soon', 60, 0, 1],
      ['host_cpu', 900, 100, 2],
      ['maybe', null, 5, 1],
      ['none', null, null, 1],
    ],
  );
  assert.deepEqual(all[1]?.horizons.map(({ horizon }) => horizon), [600, 3600]);
});

test('a search looks at signal and subject', () => {
  const all = toForecastSeries([
    forecast({ labels: { instance: 'a', group: 'nginx' }, signal: 'group_cpu' }),
    forecast({}),
  ]);
  assert.deepEqual(filterSeries(all, 'CPU nginx').map(({ signal }) => signal), ['group_cpu']);
  assert.equal(filterSeries(all, '').length, 2);
  assert.equal(filterSeries(all, 'postgres').length, 0);
});

test('past and future meet in the last value, and every path is as long as the axis', () => {
  const joined = joinPaths(forecast({}), { start: 970, step: 10, values: [0.1, null, 0.3, 0.4, 9] });
  assert.deepEqual(joined.times, [970, 980, 990, 1000, 1010, 1020]);
  assert.deepEqual(joined.past, [0.1, null, 0.3, 0.5, null, null]);
  assert.deepEqual(joined.median, [null, null, null, 0.5, 0.51, 0.52]);
  assert.deepEqual(joined.bands[0]?.upper, [null, null, null, 0.5, 0.6, 0.7]);
  assert.equal(joined.now, 1000);
});

test('without a history there is the future alone', () => {
  assert.deepEqual(joinPaths(forecast({}), undefined).times, [1000, 1010, 1020]);
});

test('time before the first value is left out', () => {
  const joined = joinPaths(forecast({}), { start: 970, step: 10, values: [null, null, 0.3] });
  assert.deepEqual(joined.times, [990, 1000, 1010, 1020]);
  const empty = joinPaths(forecast({}), { start: 990, step: 10, values: [null] });
  assert.deepEqual(empty.past, [null, 0.5, null, null]);
});
