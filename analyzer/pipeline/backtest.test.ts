import assert from 'node:assert/strict';
import { test } from 'node:test';
import { labelsKey } from '../series/labels.ts';
import { runBacktest } from './backtest.ts';
import { createTruth } from './backtest-truth.ts';
import type { Replay } from './replay.ts';

test('the truth of what nobody forecast is not kept, nor even read', async () => {
  let isRead = false;
  const values = (length: number) => new Float64Array(length).fill(1);
  const forecast = { model: 'naive', median: values(2), intervals: [] };
  const replay: Replay = {
    ...{ name: 'load', unit: 'other', horizon: 20 },
    seasonOf: () => undefined,
    forecast: async (end) => ({
      forecasts: [
        {
          ...{ labels: { id: 'a' }, end, value: 1, step: 10, limit: undefined },
          ...{ direction: 'above', forecast, timeToThreshold: undefined },
        },
      ],
      absent: [],
    }),
    truth: async (until) => {
      const grid = { start: until - 90, step: 10 };
      const other = {
        labels: { id: 'b' },
        ...grid,
        get values() {
          isRead = true;
          return values(10);
        },
      };
      return [{ labels: { id: 'a' }, ...grid, values: values(10) }, other];
    },
  };
  const report = await runBacktest(replay, { from: 100, to: 400, maxOrigins: 5 });
  assert.equal(report.series, 1);
  assert.equal(report.all?.forecasts, 5);
  assert.equal(isRead, false);
});

test('what is read again and again is one series, the later reading wins', () => {
  const truth = createTruth();
  const buffer = Float64Array.of(1, 2, Number.NaN);
  truth.add([{ labels: { id: 'a' }, start: 0, step: 10, values: buffer }]);
  truth.add([{ labels: { id: 'a' }, start: 10, step: 10, values: Float64Array.of(5, 6, 7) }]);
  truth.add([{ labels: { id: 'a' }, start: 0, step: 60, values: Float64Array.of(9) }]);
  buffer.fill(0);
  const joined = truth.series(labelsKey({ id: 'a' }), 10)?.values ?? [];
  assert.deepEqual([...joined], [1, 5, 6, 7]);
  assert.equal(truth.longest(10), 4);
  assert.equal(truth.longest(60), 1);
});
