import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../service/log.ts';
import type { OutboxReport } from '../alerts/outbox.ts';
import { RULES } from '../bottleneck/list.ts';
import { thresholdsSchema } from '../bottleneck/thresholds.ts';
import type { FeatureName } from '../features/feature.ts';
import { QueryError } from '../prometheus/querier.ts';
import type { Finding } from '../series/finding.ts';
import type { Point } from '../series/series.ts';
import { createCycle } from './cycle.ts';
import type { Investigator } from './investigate.ts';
import type { FeatureReading } from './read-features.ts';
import { EMPTY_SNAPSHOT } from './state.ts';

const log = createLogger({ name: 'test', level: 'error', format: 'json' });
log.level = 'silent';
const host = { job: 'j', instance: 'a' };

function readingOf(values: Partial<Record<FeatureName, number>>): FeatureReading {
  const points = new Map<FeatureName, readonly Point[]>(
    (Object.entries(values) as [FeatureName, number][]).map(([name, value]) => [
      name,
      [{ labels: name.startsWith('group_') ? { ...host, group: 'hog' } : host, time: 0, value }],
    ]),
  );
  return {
    points,
    memoryHistory: [],
    sources: {},
    unrecorded: new Set(),
    seriesRead: points.size,
    unavailable: [],
  };
}
const HOG = readingOf({ group_cpu_cores: 2, host_cpu_used_ratio: 1, host_cpu_count: 2 });
const IDLE = readingOf({ group_cpu_cores: 0, host_cpu_used_ratio: 0, host_cpu_count: 2 });

function cycleOf(
  readings: (FeatureReading | Error)[],
  errors: (string | undefined)[] = [],
  investigator?: Investigator,
) {
  let now = 0;
  const published: (readonly Finding[])[] = [];
  let refreshes = 0;
  const cycle = createCycle({
    reader: {
      read: async () => {
        const reading = readings[Math.min(now / 5 - 1, readings.length - 1)]!;
        if (reading instanceof Error) throw reading;
        return reading;
      },
    },
    refresher: {
      refresh: async () => {
        refreshes += 1;
        throw new Error('no forecasts today');
      },
      forecasts: () => [],
      accuracy: () => [],
      unavailable: () => [],
      save: async () => {},
    },
    outbox: {
      publish: async (findings): Promise<OutboxReport> => {
        published.push(findings);
        return { results: [{ url: 'http://am', error: errors.shift() }], alerts: 1 };
      },
    },
    investigator,
    rules: RULES,
    thresholds: thresholdsSchema.parse({}),
    hold: 10,
    clear: 10,
    clock: () => now,
    log,
    onAlerts: () => {},
    absent: [],
    before: EMPTY_SNAPSHOT,
  });
  const turn = async () => {
    now += 5;
    await cycle.run();
    await cycle.idle();
    return cycle.snapshot();
  };
  return { turn, published, refreshes: () => refreshes };
}

test('a hog becomes a finding that fires after the hold, is published and is resolved after it is gone', async () => {
  const { turn, published } = cycleOf([HOG, HOG, HOG, IDLE, IDLE, IDLE]);
  const states: (string | undefined)[] = [];
  for (let i = 0; i < 6; i += 1) states.push((await turn()).findings[0]?.state);
  assert.deepEqual(states, ['pending', 'pending', 'firing', 'firing', 'resolved', 'resolved']);
  assert.equal(published[2]?.[0]?.subject.group, 'hog');
});

test('while Prometheus is away findings stay, the reason is said, and the next good cycle clears it', async () => {
  const down = new QueryError('unavailable', 'connect ECONNREFUSED');
  const { turn, published } = cycleOf([HOG, HOG, HOG, down, down, HOG]);
  for (let i = 0; i < 3; i += 1) await turn();
  const during = await turn();
  assert.equal(during.findings[0]?.state, 'firing');
  assert.equal(during.outcome, 'prometheus_unavailable');
  assert.match(during.problem ?? '', /ECONNREFUSED/);
  assert.deepEqual(
    during.unavailable.map(({ what, reason }) => [what, reason]),
    [['prometheus', 'unavailable']],
  );
  await turn();
  assert.equal(published.length, 5, 'alerts are kept alive');
  const after = await turn();
  assert.deepEqual([after.outcome, after.problem], ['ok', undefined]);
  assert.equal(
    after.unavailable.some(({ what }) => what === 'prometheus'),
    false,
  );
});

test('what was asked about a finding is shown and published with it, beside the cycle', async () => {
  const asked: number[] = [];
  const hints = [{ about: 'x', source: 'prometheus', text: 'hot', promql: 'q' } as const];
  const { turn, published } = cycleOf([HOG, HOG, HOG], [], {
    investigate: async (_now, findings) => {
      asked.push(findings.length);
      throw new Error('nothing of this may hurt the cycle');
    },
    complete: (finding) => ({ ...finding, hints }),
    unavailable: () => [{ what: 'hints', signal: '', reason: 'not_answered', detail: 'x' }],
  });
  const { findings, outcome, unavailable } = await turn();
  assert.deepEqual([findings[0]?.hints, outcome, asked], [hints, 'ok', [1]]);
  assert.ok(unavailable.some(({ what }) => what === 'hints'));
  await turn();
  assert.deepEqual(asked, [1, 1], 'asked again after a failure');
  assert.deepEqual(published[1]?.[0]?.hints, hints);
});

test('a server without our data is said to be so', async () => {
  const { turn } = cycleOf([readingOf({})]);
  const first = await turn();
  assert.equal(first.outcome, 'no_data');
  assert.match(first.problem ?? '', /Waiting for the first samples/);
  for (let i = 0; i < 6; i += 1) await turn();
  assert.match((await turn()).problem ?? '', /is the exporter scraped/);
});

test('an alert that was not delivered shows until it is', async () => {
  const { turn } = cycleOf([HOG], ['Posting failed: ECONNREFUSED']);
  const lacking = async () =>
    (await turn()).unavailable.map(({ what }) => what).includes('alertmanager');
  assert.deepEqual([await lacking(), await lacking()], [true, false]);
});

test('forecasts that fail cost nothing else', async () => {
  const { turn, refreshes } = cycleOf([HOG]);
  assert.equal((await turn()).outcome, 'ok');
  await turn();
  assert.equal(refreshes(), 2);
});
