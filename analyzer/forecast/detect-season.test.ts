import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectSeason } from './detect-season.ts';
import { autoregressive } from './generated-series.ts';

const saw = (length: number, season: number, noise: number) =>
  autoregressive(length, 0.3, 1).map((value, i) => 4 * ((i % season) / season) + noise * value);

test('a saw-tooth is found at its length, whatever that is', () => {
  for (const season of [7, 24, 60, 75]) assert.equal(detectSeason(saw(240, season, 0.1)), season);
  assert.equal(detectSeason(saw(2000, 144, 0.1)), 144);
});

test('size, place, a slope and gaps do not matter', () => {
  const values = saw(240, 60, 0.1);
  assert.equal(detectSeason(values.map((value) => 1e300 * value)), 60);
  assert.equal(detectSeason(values.map((value) => 1e6 + value)), 60);
  assert.equal(detectSeason(values.map((value, i) => value + i / 50)), 60);
  assert.equal(detectSeason(values.map((value, i) => (i % 11 === 5 ? Number.NaN : value))), 60);
});

test('what does not repeat has no season: noise, walks, lines', () => {
  let found = 0;
  for (const memory of [0, 0.5, 0.9, 1])
    for (let seed = 0; seed < 50; seed++)
      if (detectSeason(autoregressive(240, memory, seed)) !== undefined) found += 1;
  assert.ok(found <= 2, `${found} of 200`);
  assert.equal(detectSeason(Float64Array.from({ length: 100 }, (_, i) => i)), undefined);
});

test('twice is not a season yet, and hopeless input is none', () => {
  assert.equal(detectSeason(saw(140, 60, 0.1)), undefined);
  for (const values of [
    [],
    [1],
    Array(99).fill(5),
    Array(99).fill(Number.NaN),
    Array(99).fill(Infinity),
  ])
    assert.equal(detectSeason(Float64Array.from(values)), undefined);
});
