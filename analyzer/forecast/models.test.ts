// The models that the default tournament leaves out: each right where it should be, silent where it cannot be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadAugurs } from '../pipeline/load-augurs.ts';
import { ets, searchEts } from './ets.ts';
import { fourier, rollingFourier } from './fourier.ts';
import { autoregressive } from './generated-series.ts';
import { lstm } from './lstm.ts';
import type { Model } from './model.ts';
import { mstl } from './mstl.ts';
import { prophet } from './prophet.ts';
import { smoothedSeason } from './smoothed-season.ts';
import { theta } from './theta.ts';
import { withSeason } from './with-season.ts';

const augurs = loadAugurs();
const STEPS = 48;
const wave = (i: number, season: number) => Math.sin((2 * Math.PI * i) / season);
const noise = autoregressive(600, 0, 6);
/** Days and weeks of hours within [-1, 1]. */
const weekly = noise.map(
  (value, i) => 0.5 * wave(i, 24) + 0.2 * wave(i, 168) + 0.02 * value + 0.02 * Math.cos(i),
);

function missOf(model: Model, values: Float64Array): number {
  const known = values.length - STEPS;
  const path = model.fit(values.subarray(0, known))?.predict(STEPS);
  assert.ok(path !== undefined, `${model.name} is silent`);
  return path.centre.reduce((sum, v, i) => sum + Math.abs(v - values[known + i]!), 0) / STEPS;
}

for (const model of [
  withSeason(ets('simple'), 168),
  fourier({ short: 24, long: 168 }),
  mstl(augurs, [24, 168]),
  prophet(augurs, { short: 24, long: 168 }),
])
  test(`${model.name} continues days and weeks`, () => {
    assert.ok(missOf(model, weekly) < 0.06, String(missOf(model, weekly)));
  });

for (const model of [ets('holt'), ets('damped'), theta, prophet(augurs)])
  test(`${model.name} goes on where a line points`, () => {
    const line = noise.map((value, i) => i / 600 + 0.002 * value).subarray(0, 300);
    const last = line[300 - STEPS - 1]!;
    const standing = line.subarray(300 - STEPS).reduce((sum, v) => sum + (v - last), 0) / STEPS;
    assert.ok(missOf(model, line) < 0.9 * standing);
  });

test('simple smoothing finds how fast a walk with noise forgets', () => {
  // A local level with a signal-to-noise ratio of 1/4 has alpha 0.39 (Hyndman et al. 2008, section 13).
  const level = autoregressive(2000, 1, 2);
  const values = autoregressive(2000, 0, 9).map((value, i) => 2 * value + level[i]!);
  const { alpha } = searchEts(values, 'simple');
  assert.ok(Math.abs(alpha - 0.39) < 0.08, String(alpha));
});

test('rolling is the same as fitting at each origin, and sees nothing of later', () => {
  const origins = [400, 500, 600];
  const rolled = rollingFourier({ short: 24 }).roll(weekly, { origins, steps: STEPS })!;
  for (const [k, origin] of origins.entries()) {
    const { centre } = fourier({ short: 24 }).fit(weekly.subarray(0, origin))!.predict(STEPS)!;
    assert.ok(centre.every((value, i) => Math.abs(value - rolled[k]![i]!) < 1e-9));
  }
  const other = weekly.map((value, i) => (i < 400 ? value : 9));
  for (const model of [rollingFourier({ short: 24 }), smoothedSeason('damped', 24)])
    assert.deepEqual(
      model.roll(other, { origins, steps: 5 })?.[0],
      model.roll(weekly, { origins, steps: 5 })?.[0],
      model.name,
    );
});

test('the network learns a wave that the naive model misses, and the seed decides it', () => {
  const values = noise.map((value, i) => 0.6 * wave(i, 24) + 0.02 * value);
  const standing = 0.38;
  assert.ok(missOf(lstm({ seed: 1, season: 24 }), values) < 0.4 * standing);
  const centres = [1, 1, 2].map((seed) => lstm({ seed }).fit(values)?.predict(5)?.centre);
  assert.deepEqual(centres[0], centres[1]);
  assert.notDeepEqual(centres[0], centres[2]);
});

test('too little to learn from is undefined, not a guess', () => {
  const few = noise.subarray(0, 7);
  for (const model of [ets('simple'), theta, fourier({ short: 24 }), lstm({ seed: 1 })])
    assert.equal(model.fit(few), undefined, model.name);
  assert.equal(mstl(augurs, [24]).fit(noise.subarray(0, 71)), undefined);
  assert.equal(prophet(augurs, { short: 24 }).fit(noise.subarray(0, 47)), undefined);
  assert.equal(mstl(augurs, [24]).fit(new Float64Array(200)), undefined);
});
