import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seriesOf } from './generated-series.ts';
import { prepare } from './prepare.ts';

const NONE = Number.NaN;
const RISING = Array.from({ length: 20 }, (_, i) => i);

function reasonOf(values: ArrayLike<number>): string | undefined {
  const prepared = prepare(seriesOf(values));
  return 'reason' in prepared ? prepared.reason : undefined;
}

function valuesOf(values: ArrayLike<number>): number[] {
  const prepared = prepare(seriesOf(values));
  assert.ok(!('reason' in prepared));
  return [...prepared.values].map((value) => prepared.middle + prepared.halfRange * value);
}

test('values are scaled to [-1, 1] and back', () => {
  const prepared = prepare(seriesOf(RISING));
  assert.ok(!('reason' in prepared));
  assert.deepEqual([prepared.values[0], prepared.values.at(-1)], [-1, 1]);
  assert.deepEqual([prepared.middle, prepared.halfRange], [9.5, 9.5]);
  assert.deepEqual(valuesOf(RISING), RISING);
});

test('a constant is all zero around itself', () => {
  const prepared = prepare(seriesOf(new Float64Array(30).fill(0.1)));
  assert.ok(!('reason' in prepared));
  assert.deepEqual([prepared.middle, prepared.halfRange], [0.1, 0]);
  assert.ok(prepared.values.every((value) => value === 0));
});

test('gaps and infinities inside are bridged, one at the end is held', () => {
  const values = [...RISING.slice(0, 5), NONE, Infinity, ...RISING.slice(7), NONE];
  assert.deepEqual(valuesOf(values), [...RISING, 19]);
});

test('a leading gap is a late beginning, not a gap', () => {
  assert.deepEqual(valuesOf([...Array(100).fill(NONE), ...RISING]), RISING);
});

test('only the last 720 values count', () => {
  const prepared = prepare(seriesOf([1e9, ...Array(720).fill(1), 2].slice(0, 721)));
  assert.ok(!('reason' in prepared));
  assert.equal(prepared.values.length, 720);
  assert.equal(prepared.halfRange, 0);
});

test('too little has a reason', () => {
  assert.equal(reasonOf([]), 'history_too_short');
  assert.equal(reasonOf(RISING.slice(0, 7)), 'history_too_short');
  assert.equal(reasonOf(RISING.slice(0, 8)), undefined);
  assert.equal(reasonOf(Array(40).fill(NONE)), 'no_finite_values');
  assert.equal(reasonOf([...RISING, ...Array(13).fill(NONE)]), undefined);
  assert.equal(reasonOf([...RISING, ...Array(14).fill(NONE)]), 'too_many_gaps');
});
