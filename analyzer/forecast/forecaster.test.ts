// Every model of the list through the contract.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testForecaster } from './forecaster.contract.ts';
import { candidates, forecasters } from './list.ts';

/** Short enough that the contract's ordinary series hold several seasons. */
const SEASON = 12;

for (const forecaster of forecasters(SEASON)) testForecaster(forecaster);

test('names are unique, and a season adds its models', () => {
  const names = candidates(SEASON).map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes('seasonal-naive(12)'));
  for (const none of [undefined, 0, 1])
    assert.ok(candidates(none).every(({ name }) => !name.includes('season')));
});
