import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNormal } from '../../analyzer/forecast/generated-series.ts';
import { slopeWithInterval } from './slope.ts';

function noise(seed: number, rise: number): number[] {
  const normal = createNormal(seed);
  return Array.from({ length: 120 }, (_, index) => 100 + rise * index + normal());
}

test('the interval holds the true slope about as often as it says', () => {
  const held = Array.from({ length: 100 }, (_, seed) => slopeWithInterval(noise(seed + 1, 0.01)));
  const hits = held.filter(({ low, high }) => low <= 0.01 && 0.01 <= high).length;
  assert.ok(hits >= 88, `${hits} of 100`);
});

test('a clear rise and a clear fall have intervals that leave 0 out', () => {
  assert.ok(slopeWithInterval(noise(1, 0.1)).low > 0);
  assert.ok(slopeWithInterval(noise(1, -0.1)).high < 0);
});

test('gaps and a wild value do not bend it, a constant is flat', () => {
  const values = Array.from({ length: 100 }, (_, index) => (index === 50 ? 1e9 : index));
  values[10] = Number.NaN;
  const { slope, low, high } = slopeWithInterval(values);
  assert.ok(Math.abs(slope - 1) < 1e-9 && low <= 1 && high >= 1);
  assert.deepEqual(slopeWithInterval([5, 5, 5, 5]), { median: 5, slope: 0, low: 0, high: 0 });
});

test('fewer than three values have no slope', () => {
  for (const values of [[], [1], [1, 2], [Number.NaN, 1, 2]])
    assert.ok(Number.isNaN(slopeWithInterval(values).slope));
});
