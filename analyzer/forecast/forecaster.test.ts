// Every model of the list through the contract.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadAugurs } from '../pipeline/load-augurs.ts';
import { testForecaster } from './forecaster.contract.ts';
import { candidates, everyModel, forecasters, modelsOf } from './list.ts';
import { FAMILIES } from './model.ts';

/** Short enough that the contract's ordinary series hold several seasons. */
const SEASON = 12;
const LONG_SEASON = 60;
const augurs = loadAugurs();

for (const forecaster of forecasters({ season: SEASON, longSeason: LONG_SEASON, augurs }))
  testForecaster(forecaster);

test('names are unique, and a season adds its models', () => {
  const names = everyModel({ season: SEASON, longSeason: LONG_SEASON, augurs }).map(
    ({ name }) => name,
  );
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes('seasonal-naive(12)'));
  for (const none of [undefined, 0, 1])
    assert.ok(candidates(none).every(({ name }) => !name.includes('season')));
});

test('every family has a model, and asking for one gives no other', () => {
  const surroundings = { season: SEASON, augurs };
  for (const family of FAMILIES) {
    const models = modelsOf([family], surroundings);
    assert.ok(models.length > 0, family);
    assert.ok(models.every((model) => model.family === family));
  }
  assert.deepEqual(modelsOf(['mstl', 'prophet'], { season: SEASON }), []);
});
