import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_SNAPSHOT, type SignalForecast, type Snapshot } from '../pipeline/state.ts';
import { createApiRoutes, toRunway, toStatus } from './routes.ts';
import { serveRoutes } from './serve-routes.contract.ts';

const forecast = (group: string, horizon: number, p50: number): SignalForecast => ({
  signal: 'group_memory',
  unit: 'bytes',
  labels: { group },
  horizon,
  step: horizon / 60,
  end: 0,
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
    0,
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
    0,
  );
  assert.deepEqual(
    runway.map(({ secondsP50 }) => secondsP50),
    [1200],
  );
});

test('the runway counts from the moment of the question', () => {
  const late = toRunway(snapshot({ forecasts: [forecast('x', 3600, 1200)] }), 1_000);
  assert.deepEqual(
    late.map(({ secondsP10, secondsP50 }) => [secondsP10, secondsP50]),
    [[0, 200]],
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

test('a remote read request travels with its snappy encoding, and one that is none is refused', async (t) => {
  const { compress } = await import('snappyjs');
  const url = await serveRoutes(
    t,
    createApiRoutes(
      () => snapshot({ forecasts: [forecast('x', 600, 60)] }),
      () => 0,
    ),
  );
  const post = (body: Uint8Array) =>
    fetch(`${url}/api/v1/read`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'snappy' },
      body: Buffer.from(body),
    });
  // One query over all time without matchers: field 1, length 8, end_timestamp_ms = 2^40.
  const query = Uint8Array.of(10, 7, 16, 128, 128, 128, 128, 128, 32);
  const answer = await post(compress(query));
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-encoding'), 'snappy');
  assert.ok((await answer.arrayBuffer()).byteLength > 20);
  assert.equal((await post(Uint8Array.of(1, 2, 3))).status, 400);
  assert.equal((await post(new Uint8Array(100_000))).status, 413);
});
