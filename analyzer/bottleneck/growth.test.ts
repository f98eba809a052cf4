import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentRun, findGrowth, type GrowthLimits } from './growth.ts';

const LIMITS: GrowthLimits = { seconds: 150, bytes: 20, pValue: 0.01 };
const series = (values: readonly number[], step = 15) => ({
  labels: {},
  start: 0,
  step,
  values: Float64Array.from(values),
});
const ramp = (n: number, value: (index: number) => number) =>
  Array.from({ length: n }, (_, index) => value(index));

test('the current run begins after the last large fall, without leading gaps', () => {
  const gapped = { ...series([10, 12, Number.NaN, 3, 4, 5], 10), start: 100 };
  const run = currentRun(gapped, 0);
  assert.deepEqual([run.start, [...run.values]], [130, [3, 4, 5]]);
  assert.deepEqual([...currentRun(gapped, 141).values], [5]);
});

test('steady growth is measured from level to level', () => {
  const growth = findGrowth(series(ramp(40, (i) => 100 + 3 * i)), -1e6, LIMITS);
  assert.deepEqual([growth?.seconds, growth?.startBytes], [585, 101.5]);
  assert.ok(Math.abs(growth!.perSecond - 0.2) < 1e-9);
});

test('what is too short, too small, too few, over or falling is no growth', () => {
  const check = (values: readonly number[], step = 15) =>
    assert.equal(findGrowth(series(values, step), -1e6, LIMITS), undefined);
  check([]);
  check([1]);
  check(ramp(40, () => Number.NaN));
  check(ramp(8, (i) => 100 + 30 * i));
  check(
    ramp(5, (i) => 100 + 30 * i),
    3600,
  );
  check(ramp(40, (i) => 100 + 0.1 * i));
  check(ramp(40, (i) => 100 + 30 * Math.min(i, 20)));
  check(ramp(40, (i) => 1000 - 3 * i));
  check(ramp(40, () => 100));
});

test('a random walk that happens to end high is no growth', () => {
  let found = 0;
  for (let seed = 1; seed <= 200; seed += 1) {
    let state = seed * 2_654_435_761;
    const random = () => {
      state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
      return state / 4_294_967_296 - 0.5;
    };
    let level = 1000;
    const walk = ramp(240, () => (level += 20 * random()));
    if (findGrowth(series(walk), -1e6, LIMITS) !== undefined) found += 1;
  }
  assert.ok(found <= 4, `${found} of 200 random walks are called growth`);
});

test('a fall to less than half begins anew, and must then exceed the earlier peak', () => {
  const twice = [...ramp(60, (i) => 100 + 10 * i), ...ramp(40, (i) => 100 + 10 * i)];
  assert.equal(findGrowth(series(twice), -1e6, LIMITS), undefined);
  const higher = [...ramp(60, (i) => 100 + 10 * i), ...ramp(80, (i) => 100 + 10 * i)];
  assert.ok(findGrowth(series(higher), -1e6, LIMITS));
  const afterRestart = findGrowth(series(twice), 60 * 15, LIMITS);
  assert.ok(afterRestart, 'another process: the peak of the one before does not count');
});
