import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Dated, scoreDates } from './backtest-threshold.ts';
import type { PastForecast } from './replay.ts';

const NEVER = Number.POSITIVE_INFINITY;
const STEP = 60;

/** A forecast made at `end` that foretold a crossing of 10 after `p50` seconds. */
function dated(
  {
    end = 0,
    p50,
    band = 30,
    ...past
  }: { end?: number; p50: number; band?: number } & Partial<PastForecast>,
  actual: readonly number[],
): Dated {
  const timeToThreshold = { p10: Math.max(0, p50 - band), p50, p90: p50 + band };
  const forecast = { model: 'naive', median: Float64Array.of(0), intervals: [] };
  return {
    subject: 'a',
    past: {
      ...{ labels: {}, end, value: 0, step: STEP, limit: 10, direction: 'above' },
      ...{ forecast, timeToThreshold },
      ...past,
    },
    actual: Float64Array.from(actual),
  };
}

test('hits, misses and false alarms are told apart', () => {
  const scores = scoreDates([
    dated({ p50: 120 }, [5, 10, 12]),
    dated({ p50: NEVER, end: 1e6 }, [5, 20, 20]),
    dated({ p50: 60, end: 2e6 }, [5, 5, 5]),
    dated({ p50: NEVER, end: 3e6 }, [5, 5, 5]),
  ])!;
  assert.deepEqual(
    [scores.hits, scores.misses, scores.falseAlarms, scores.hitRate, scores.falseRate],
    [1, 1, 1, 0.5, 0.5],
  );
  assert.equal(scores.dateErrorSeconds, 0);
  assert.equal(scores.withinBandRatio, 0.5);
});

test('one crossing foretold again and again is one, and the first warning counts', () => {
  const scores = scoreDates([
    dated({ end: 0, p50: 170 }, [0, 0, 10]),
    dated({ end: 60, p50: 110 }, [0, 10, 20]),
    dated({ end: 1200, p50: 60 }, [10, 20, 20]),
  ])!;
  assert.equal(scores.hits, 3);
  assert.equal(scores.crossingsForetold, 2);
  assert.equal(scores.leadSeconds, (180 + 60) / 2);
});

test('a limit that is reached already, or none, is no question', () => {
  assert.equal(scoreDates([dated({ p50: 0, value: 11 }, [12, 13])]), null);
  assert.equal(scoreDates([dated({ p50: 60, limit: undefined }, [12])]), null);
  assert.equal(scoreDates([]), null);
});

test('what was not measured is not a false alarm', () => {
  assert.equal(scoreDates([dated({ p50: 60 }, [5, Number.NaN, Number.NaN])]), null);
});

test('a limit below is reached from above', () => {
  const scores = scoreDates([dated({ p50: 60, value: 20, direction: 'below' }, [10, 5])])!;
  assert.deepEqual([scores.hits, scores.dateErrorSeconds], [1, 0]);
});
