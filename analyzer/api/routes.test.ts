import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_SNAPSHOT, type SignalForecast, type Snapshot } from '../pipeline/state.ts';
import { toRunway, toStatus } from './routes.ts';

const forecast = (group: string, horizon: number, p50: number): SignalForecast => ({
  signal: 'group_memory',
  unit: 'bytes',
  labels: { group },
  horizon,
  step: horizon / 60,
  value: 5,
  limit: 10,
  forecast: { model: 'naive', median: Float64Array.of(5), intervals: [] },
  timeToThreshold: { p10: p50 / 2, p50, p90: Number.POSITIVE_INFINITY },
});
const snapshot = (changes: Partial<Snapshot>): Snapshot => ({ ...EMPTY_SNAPSHOT, ...changes });

test('what runs out first comes first, and never is null', () => {
  const runway = toRunway(
    snapshot({
      forecasts: [
        forecast('never', 600, Number.POSITIVE_INFINITY),
        forecast('late', 600, 500),
        forecast('soon', 600, 60),
      ],
    }),
  );
  assert.deepEqual(
    runway.map(({ labels, secondsP10, secondsP50, secondsP90 }) => [
      labels.group,
      secondsP10,
      secondsP50,
      secondsP90,
    ]),
    [
      ['soon', 30, 60, null],
      ['late', 250, 500, null],
      ['never', null, null, null],
    ],
  );
});

test('a subject is listed once, however many horizons see it', () => {
  const runway = toRunway(
    snapshot({
      forecasts: [forecast('x', 3600, 1200), forecast('x', 600, Number.POSITIVE_INFINITY)],
    }),
  );
  assert.deepEqual(
    runway.map(({ secondsP50 }) => secondsP50),
    [1200],
  );
});

test('the status tells warming up from trouble', () => {
  const check = (changes: Partial<Snapshot>, want: string) =>
    assert.equal(toStatus(snapshot(changes)).state, want);
  check({}, 'warming_up');
  check({ outcome: 'no_data', lastCycle: 5 }, 'warming_up');
  check({ outcome: 'ok', lastCycle: 5 }, 'ok');
  check({ outcome: 'prometheus_unavailable', lastCycle: 5 }, 'degraded');
});
