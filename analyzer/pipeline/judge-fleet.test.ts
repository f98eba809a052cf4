import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { RULES } from '../bottleneck/list.ts';
import { thresholdsSchema } from '../bottleneck/thresholds.ts';
import { entityOf, type FeatureName } from '../features/feature.ts';
import type { Point } from '../series/series.ts';
import { judgeFleet } from './judge-fleet.ts';
import type { FeatureReader, FeatureReading } from './read-features.ts';
import { isOwn } from './shard.ts';

const thresholds = thresholdsSchema.parse({});
const NAMES: readonly FeatureName[] = [
  'host_cpu_used_ratio',
  'host_cpu_count',
  'host_io_waiting_ratio',
  'host_memory_total_bytes',
  'group_cpu_cores',
  'group_runnable_threads',
  'group_disk_wait_threads',
  'group_fd_used_ratio',
  'group_open_fds',
];

const hostName = fc.constantFrom(...'abcdefghij').map((letter) => `${letter}:10910`);
const point = fc.record({
  name: fc.constantFrom(...NAMES),
  instance: hostName,
  group: fc.constantFrom('x', 'y'),
  value: fc.double({ min: 0, max: 4, noNaN: true }),
});

function readingOf(points: readonly { name: FeatureName; point: Point }[]): FeatureReading {
  const byName = Map.groupBy(points, ({ name }) => name);
  return {
    points: new Map([...byName].map(([name, list]) => [name, list.map((one) => one.point)])),
    memoryHistory: [],
    sources: {},
    unrecorded: new Set(),
    seriesRead: points.length,
    unavailable: [{ what: 'feature', signal: 'x', reason: 'query_timeout', detail: 'slow' }],
  };
}

function readerOf(parts: readonly FeatureReading[]): FeatureReader {
  return {
    read: () => assert.fail('read as a whole'),
    async *parts() {
      yield* parts;
    },
  };
}

const judge = (reader: FeatureReader, keepGroups = false) =>
  judgeFleet({ reader, rules: RULES, thresholds, keepGroups }, 1_000);

test('whatever the features are, shards and parts judge together as one does', async () => {
  const property = fc.asyncProperty(
    fc.array(point, { maxLength: 80 }),
    fc.integer({ min: 1, max: 7 }),
    async (drawn, count) => {
      const points = drawn.map(({ name, instance, group, value }) => {
        const labels = { job: 'j', instance, ...(entityOf(name) === 'group' ? { group } : {}) };
        return { name, point: { labels, time: 0, value } };
      });
      const whole = await judge({ read: async () => readingOf(points) });
      const shards = Array.from({ length: count }, (_, index) =>
        readingOf(points.filter((one) => isOwn({ index, count }, one.point.labels))),
      );
      const parts = await judge(readerOf(shards));
      const sorted = (verdicts: readonly unknown[]) =>
        verdicts.map((one) => JSON.stringify(one)).sort();
      assert.deepEqual(sorted(parts.verdicts), sorted(whole.verdicts));
      assert.deepEqual([parts.groups, parts.seriesRead], [whole.groups, whole.seriesRead]);
      assert.equal(parts.hosts.length, whole.hosts.length);
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

test('an absence of several parts is said once, with how many', async () => {
  const { unavailable } = await judge(readerOf([readingOf([]), readingOf([]), readingOf([])]));
  const own = unavailable.filter(({ signal }) => signal === 'x');
  assert.deepEqual(
    own.map(({ detail }) => detail),
    ['slow (and so in 2 other parts of the fleet)'],
  );
});

test('of a host its own values stay, its groups only where they are asked for', async () => {
  const labels = { job: 'j', instance: 'a' };
  const reading = readingOf([
    { name: 'host_cpu_count', point: { labels, time: 0, value: 8 } },
    { name: 'group_cpu_cores', point: { labels: { ...labels, group: 'x' }, time: 0, value: 1 } },
  ]);
  const [head] = (await judge(readerOf([reading]))).hosts;
  assert.deepEqual([head?.value('host_cpu_count'), head?.groups.length], [8, 0]);
  const [whole] = (await judge(readerOf([reading]), true)).hosts;
  assert.equal(whole?.groups.length, 1);
});

test('a part that cannot be read fails the whole: what was not seen is not over', async () => {
  const reader: FeatureReader = {
    read: () => assert.fail(),
    parts: () => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('away')) }),
    }),
  };
  await assert.rejects(judge(reader), /away/);
});
