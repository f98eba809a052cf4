import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createUniform } from '../math/uniform.ts';
import { createFusion } from './fuse.ts';
import { DETECTORS } from './list.ts';
import { robustZ } from './robust-z.ts';

const START = 1_774_224_000;
const uniform = createUniform(2);
const values = Float64Array.from({ length: 1000 }, () => 50 + uniform());

function fusedAt(value: number, width = 1) {
  const fusion = createFusion(DETECTORS, width);
  const state = new Float64Array(fusion.stateLength);
  for (const [i, ordinary] of values.entries())
    fusion.judge(state, { time: START + i * 300, value: ordinary });
  return fusion.judge(state, { time: START + 1000 * 300, value });
}

test('what no detector can judge has no rarity, and nobody leads', () => {
  const fusion = createFusion(DETECTORS);
  const first = fusion.judge(new Float64Array(fusion.stateLength), { time: START, value: 1 });
  assert.ok(Number.isNaN(first.rarity));
  assert.equal(first.leading.detector, '');
});

test('far away is rarer than near, and the leader brings band and name', () => {
  const [near, far] = [fusedAt(50.5), fusedAt(80)];
  assert.ok(near.rarity < 1 && far.rarity > 3, `${near.rarity} and ${far.rarity}`);
  assert.equal(far.leading.detector, 'seasonal-band');
  assert.ok(far.leading.upper < 80 && far.leading.lower > 40);
  assert.equal(far.opinions.length, DETECTORS.length);
});

test('inside its band a value is at most one in ten', () => {
  for (const { score, rarity } of fusedAt(50.99).opinions)
    assert.ok(Number.isNaN(score) || score >= 1 || rarity <= 1, `${score}: ${rarity}`);
});

test('a stretched band judges the same value milder', () => {
  const [own, wide] = [fusedAt(54), fusedAt(54, 1.4)];
  assert.ok(wide.leading.score < own.leading.score);
  assert.ok(wide.leading.upper > own.leading.upper && wide.leading.lower < own.leading.lower);
  assert.equal(wide.leading.expected, own.leading.expected);
});

test('a lone detector is its own fusion', () => {
  const fusion = createFusion([{ detector: robustZ, weight: 3 }]);
  const state = new Float64Array(fusion.stateLength);
  for (const [i, value] of values.entries()) {
    const { rarity, opinions } = fusion.judge(state, { time: START + i, value });
    assert.ok(Number.isNaN(rarity) || Math.abs(rarity - opinions[0]!.rarity) < 1e-9);
  }
});
