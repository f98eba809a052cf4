import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EMPTY_SNAPSHOT, type Snapshot } from '../pipeline/state.ts';
import { NO_ANOMALIES } from '../series/anomaly.ts';
import { createTopics } from './events-topics.ts';

const forecast = (end: number): Snapshot['forecasts'][number] => ({
  ...{ signal: 's', unit: 'ratio', labels: {}, horizon: 600, step: 10, end, value: 1 },
  ...{ limit: undefined, timeToThreshold: undefined },
  forecast: { model: 'naive', median: Float64Array.of(1), intervals: [] },
});

test('lists that are put together anew with every question are no change', async () => {
  let cycles = 1;
  let end = 100;
  const topics = createTopics({
    snapshot: () => ({
      ...EMPTY_SNAPSHOT,
      cycles,
      forecasts: [forecast(end)],
      anomalies: { ...NO_ANOMALIES },
    }),
    audited: () => 7,
  });
  const first = await topics();
  assert.deepEqual(await topics(), first);
  cycles = 2;
  const second = await topics();
  assert.notEqual(second.status, first.status);
  assert.notEqual(second.findings, first.findings);
  assert.equal(second.forecasts, first.forecasts);
  assert.equal(second.anomalies, first.anomalies);
  cycles = 3;
  end = 110;
  assert.notEqual((await topics()).forecasts, first.forecasts);
});

test('the audit log is looked at every time', async () => {
  let newest: number | undefined;
  const topics = createTopics({ snapshot: () => EMPTY_SNAPSHOT, audited: async () => newest });
  assert.equal((await topics()).actions, undefined);
  newest = 1;
  assert.equal((await topics()).actions, 1);
});
