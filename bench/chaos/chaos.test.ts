// A few cases of the bench for every run of the tests: a real Prometheus, a real analyzer, real faults.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CASES } from './list.ts';
import { runCase } from './run.ts';
import { startWorld, type World } from './world.ts';

const CHECKED = ['prometheus-nonsense', 'clock-back', 'killed'];

let world: World;
before(async () => {
  world = await startWorld();
});
after(() => world?.end());

for (const name of CHECKED) {
  test(`${name}: no crash, a reason, a recovery, one alert`, async () => {
    const one = CASES.find((each) => each.name === name);
    assert.ok(one, 'the case is in the list');
    assert.deepEqual((await runCase(one, world)).problems, []);
  });
}

test('every case has a name of its own', () => {
  assert.equal(new Set(CASES.map(({ name }) => name)).size, CASES.length);
});
