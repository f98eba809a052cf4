import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harmonicMeanRarity } from './harmonic-mean.ts';
import { RANK_MEMORY, rankInTail, TAIL_RANK_LENGTH } from './tail-rank.ts';
import { createUniform } from './uniform.ts';

function learned(scores: Iterable<number>): Float64Array {
  const state = new Float64Array(TAIL_RANK_LENGTH);
  for (const score of scores) rankInTail(state, score);
  return state;
}

/** Pareto with exponent 2 from 0.5 on: exceeded by a share (0.5 / x)². */
function pareto(count: number): number[] {
  const uniform = createUniform(5);
  return Array.from({ length: count }, () => 0.5 / Math.sqrt(uniform()));
}

test('the rarity is the logarithm of the share that lies above', () => {
  const state = learned(pareto(RANK_MEMORY));
  for (const [score, share] of [
    [1, 0.25],
    [2, 0.0625],
    [5, 0.01],
  ] as const) {
    const rarity = rankInTail(state.slice(), score);
    assert.ok(Math.abs(rarity + Math.log10(share)) < 0.15, `${score}: ${rarity}`);
  }
});

test('a higher score is never less rare, and a record is rarer than all', () => {
  const state = learned(pareto(3000));
  const rarities = [0, 0.1, 0.5, 0.7, 1, 3, 10, 50, 199, 201, 1e4, 1e6].map((score) =>
    rankInTail(state.slice(), score),
  );
  for (let i = 1; i < rarities.length; i++) assert.ok(rarities[i]! >= rarities[i - 1]!);
  assert.ok(rarities.at(-1)! > Math.log10(3001));
});

test('the first score ever is nothing rare; NaN is neither ranked nor learned', () => {
  const state = new Float64Array(TAIL_RANK_LENGTH);
  assert.ok(Number.isNaN(rankInTail(state, Number.NaN)));
  assert.ok(state.every((number) => number === 0));
  assert.equal(rankInTail(state, 5), 0);
});

test('what was usual long ago becomes rare again', () => {
  const state = learned([...Array(2000).fill(10), ...Array(10 * RANK_MEMORY).fill(0.2)]);
  assert.ok(rankInTail(state, 10) > 3);
});

test('harmonic mean: one small p shows through, agreement counts, NaN abstains', () => {
  const even = (rarities: number[]) =>
    harmonicMeanRarity(
      rarities,
      rarities.map(() => 1),
    );
  assert.equal(even([2, 2, 2]), 2);
  assert.ok(Math.abs(even([6, 0]) - (6 - Math.log10(2))) < 1e-5);
  assert.ok(even([3, 3]) > even([3, 1]));
  assert.equal(even([Number.NaN, 4]), 4);
  assert.ok(Number.isNaN(even([Number.NaN])));
  assert.ok(Number.isNaN(even([])));
  assert.ok(Math.abs(harmonicMeanRarity([3, 0], [1, 3]) - Math.log10(1003 / 4)) < 1e-12);
});
