import assert from 'node:assert/strict';
import { test } from 'node:test';
import { judgePeers } from './peer-outlier.ts';

const replica = (offset: number, factor = 1) =>
  Float64Array.from(
    { length: 40 },
    (_, i) => factor * (100 + 40 * Math.sin(i / 5)) + ((i * offset) % 3),
  );

const group = () => [replica(1), replica(2), replica(4), replica(5), replica(7)];

test('replicas that move together are like each other', () => {
  for (const { score } of judgePeers(group())) assert.ok(score < 1, `${score}`);
});

test('the one that leaves the others is found, and only that one', () => {
  const peers = group();
  for (let i = 30; i < 40; i++) peers[2]![i]! += 80;
  const judged = judgePeers(peers);
  assert.deepEqual(
    judged.map(({ score }) => score > 1),
    [false, false, true, false, false],
  );
  assert.ok(peers[2]![39]! > judged[2]!.upper);
});

test('one odd row is not enough', () => {
  const peers = group();
  peers[2]![39]! += 500;
  assert.ok(judgePeers(peers)[2]!.score < 1);
});

test('the answer does not depend on units', () => {
  const peers = group();
  peers[0]!.fill(300, 30);
  const scaled = peers.map((values) => values.map((value) => value * 1024));
  for (const [i, { score }] of judgePeers(scaled).entries())
    assert.ok(Math.abs(score - judgePeers(peers)[i]!.score) < 1e-9);
});

test('of two nobody can say who is odd; a gap has no score; nobody has none', () => {
  assert.ok(judgePeers([replica(1), replica(2, 5)]).every(({ score }) => Number.isNaN(score)));
  const peers = group();
  peers[1]!.fill(Number.NaN);
  const judged = judgePeers(peers);
  assert.ok(Number.isNaN(judged[1]!.score));
  assert.ok(judged[0]!.score < 1);
  assert.deepEqual(judgePeers([]), []);
});

test('identical and idle replicas are alike, and a sensitivity outside (0, 1) is refused', () => {
  const idle = [0, 1, 2].map(() => new Float64Array(10));
  assert.deepEqual(
    judgePeers(idle).map(({ score }) => score),
    [0, 0, 0],
  );
  assert.throws(() => judgePeers(idle, 0), RangeError);
});
