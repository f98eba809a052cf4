import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Querier, QueryError } from '../prometheus/querier.ts';
import { createPresetDetector } from './detect-presets.ts';

function detectorOf(answer: (promql: string) => boolean) {
  const asked: string[] = [];
  const querier: Querier = {
    range: async () => [],
    instant: async (promql) => {
      asked.push(promql);
      return answer(promql) ? [{ labels: {}, time: 0, value: 1 }] : [];
    },
  };
  const detector = createPresetDetector({
    querier,
    always: ['own'] as readonly string[],
    detectedBy: { node: 'node_uname_info', probe: 'probe_success' },
    combine: (names: readonly string[]) => ({ names }),
  });
  return { detector, asked };
}

test('an exporter that joins is found, and what is chosen changes only then', async () => {
  let hasNode = false;
  const { detector, asked } = detectorOf(
    (promql) => hasNode && promql === 'count(node_uname_info)',
  );
  await detector.check(1_000);
  const before = detector.current();
  assert.deepEqual(before.names, ['own']);
  hasNode = true;
  await detector.check(1_010);
  assert.equal(asked.length, 2, 'not asked again at once');
  await detector.check(1_030);
  assert.deepEqual(detector.current().names, ['own', 'node']);
  const found = detector.current();
  await detector.check(1_330);
  assert.equal(detector.current(), found, 'the same object while nothing changes');
  assert.equal(asked.length, 6);
});

test('a query that the server rejects finds nothing, a server that is away is an error', async () => {
  const failing = (kind: 'rejected' | 'unavailable') =>
    detectorOf(() => {
      throw new QueryError(kind, 'no');
    }).detector;
  const rejected = failing('rejected');
  await rejected.check(0);
  assert.deepEqual(rejected.current().names, ['own']);
  await assert.rejects(failing('unavailable').check(0), QueryError);
});

test('a preset that flickers stays, one that is gone for good goes', async () => {
  let hasNode = true;
  const { detector } = detectorOf((promql) => hasNode && promql === 'count(node_uname_info)');
  const namesAt = async (now: number) => {
    await detector.check(now);
    return detector.current().names;
  };
  assert.deepEqual(await namesAt(0), ['own', 'node']);
  const chosen = detector.current();
  hasNode = false;
  for (const now of [300, 600]) assert.equal((await namesAt(now)).length, 2);
  hasNode = true;
  await detector.check(900);
  assert.equal(detector.current(), chosen, 'nothing changed');
  hasNode = false;
  for (const now of [1_200, 1_500]) assert.equal((await namesAt(now)).length, 2);
  assert.deepEqual(await namesAt(1_800), ['own']);
});
