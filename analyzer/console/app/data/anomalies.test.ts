import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bandPlaces, laneName, rankScores } from './anomalies.ts';
import type { AnomalyScore } from './answers.ts';

const score = (over: Partial<AnomalyScore>): AnomalyScore => ({
  ...{ signal: 'host_cpu', detector: 'fused', labels: { instance: 'a' }, score: 0.1 },
  ...{ actual: 1, expected: 1, lower: 0, upper: 2, isOpen: false, since: null, conditions: [] },
  ...over,
});

test('open ones come first, unknown ones last, and a search keeps what it names', () => {
  const all = [
    score({ signal: 'unknown', score: null }),
    score({ signal: 'low' }),
    score({ signal: 'high', score: 3 }),
    score({ signal: 'open', score: 0.9, isOpen: true }),
  ];
  assert.deepEqual(
    rankScores(all, '').map(({ signal }) => signal),
    ['open', 'high', 'low', 'unknown'],
  );
  assert.deepEqual(rankScores(all, 'HIGH a').length, 1);
});

test('a value outside of its band lies outside of the bar', () => {
  const places = bandPlaces({ lower: 0, upper: 10, actual: 20 });
  assert.ok(places && places.at > places.to && places.at < 1 && places.from > 0);
  assert.equal(bandPlaces({ lower: null, upper: 1, actual: 1 }), undefined);
  const flat = bandPlaces({ lower: 5, upper: 5, actual: 5 });
  assert.deepEqual(flat, { from: 0.5, to: 0.5, at: 0.5 });
});

test('a lane is named after its series; the usual detector is not told', () => {
  assert.equal(
    laneName({ signal: 'group_cpu', detector: 'fused', instance: 'a', group: 'web' }),
    'Group CPU: web on a',
  );
  assert.match(laneName({ signal: 'host', detector: 'multivariate', instance: 'a' }), /multivariate/);
});
