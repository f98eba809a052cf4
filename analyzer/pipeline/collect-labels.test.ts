import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RULES } from '../bottleneck/list.ts';
import { thresholdsSchema } from '../bottleneck/thresholds.ts';
import type { FeatureName } from '../features/feature.ts';
import type { Point } from '../series/series.ts';
import { collectLabels } from './collect-labels.ts';
import type { FeatureReading } from './read-features.ts';

const host = { job: 'j', instance: 'a' };
const thresholds = thresholdsSchema.parse({});

/** A hog that uses one more tenth of a CPU at each moment. */
function readingAt(now: number): FeatureReading {
  const point = (labels: Record<string, string>, value: number): Point[] => [
    { labels: { ...host, ...labels }, time: now, value },
  ];
  return {
    points: new Map<FeatureName, readonly Point[]>([
      ['host_cpu_count', point({}, 2)],
      ['host_cpu_used_ratio', point({}, 1)],
      ['group_cpu_cores', point({ group: 'hog' }, now / 100)],
    ]),
    ...{ memoryHistory: [], sources: {}, unrecorded: new Set(), seriesRead: 3, unavailable: [] },
  };
}
const label = { case: 'c', kind: 'cpu_saturation', blames: [{ group: 'hog' }], others: 3 };
const deps = { reader: { read: async (now: number) => readingAt(now) }, rules: RULES, thresholds };

test('every moment of the range is a window, with what the rules said at that moment', async () => {
  const rows = await collectLabels(label, { from: 10, to: 210, step: 100 }, deps);
  assert.deepEqual(
    rows.map(({ kind, rule, features }) => [kind, rule, features.group_cpu_cores]),
    [
      ['cpu_saturation', 'none', 0.1],
      ['cpu_saturation', 'cpu_saturation', 1.1],
      ['cpu_saturation', 'cpu_saturation', 2.1],
    ],
  );
});

test('an empty range has no windows, an endless one is refused before anything is asked', async () => {
  assert.deepEqual(await collectLabels(label, { from: 10, to: 9, step: 1 }, deps), []);
  const never = { ...deps, reader: { read: () => assert.fail('must not be asked') } };
  await assert.rejects(
    collectLabels(label, { from: 0, to: 1_000, step: 1 }, never),
    /1001 windows asked, at most 1000/,
  );
});
