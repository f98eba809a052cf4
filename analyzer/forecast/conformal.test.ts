import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conformalWidths, levelledWidths } from './conformal.ts';

test('the width is the finite-sample quantile of the pooled errors', () => {
  const errors = Array.from({ length: 19 }, (_, i) => Float64Array.of(i + 1));
  // (19 + 1) · 0.8 = 16th smallest of 1 … 19.
  assert.deepEqual([...conformalWidths(errors, 0.8)], [16]);
  assert.deepEqual([...conformalWidths(errors, 0.95)], [19]);
  assert.deepEqual([...conformalWidths(errors, 0.999)], [19], 'beyond the sample the largest');
});

test('only neighbouring steps are pooled: a forecast may be sure of soon and unsure of later', () => {
  const errors = Array.from({ length: 12 }, () =>
    Float64Array.from({ length: 40 }, (_, step) => (step < 20 ? 1 : 10)),
  );
  const widths = conformalWidths(errors, 0.8);
  assert.equal(widths[5], 1);
  assert.equal(widths[35], 10);
});

test('no backtest, no steps', () => {
  assert.equal(conformalWidths([], 0.8).length, 0);
});

test('the rarer what lies beyond, the more steps are pooled', () => {
  const errors = Array.from({ length: 12 }, () =>
    Float64Array.from({ length: 40 }, (_, step) => (step < 20 ? 1 : 10)),
  );
  assert.equal(conformalWidths(errors, 0.8)[18], 1);
  assert.equal(conformalWidths(errors, 0.95)[18], 10);
});

test('errors that grow with the level give a width that grows with the level', () => {
  const paths = Array.from({ length: 12 }, (_, k) =>
    Float64Array.from({ length: 24 }, () => (k % 2 ? 10 : 30)),
  );
  const unit = 20;
  const errors = paths.map((path) => path.map((value) => 0.1 * (unit + value)));
  const path = Float64Array.from({ length: 24 }, (_, step) => (step < 12 ? 10 : 30));
  const widths = levelledWidths({ errors, paths }, path, 0.8);
  assert.ok(Math.abs(widths[0]! - 3) < 1e-9 && Math.abs(widths[23]! - 5) < 1e-9);
  const zero = errors.map((error) => error.map(() => 0));
  assert.deepEqual(
    levelledWidths({ errors, paths: zero }, zero[0]!, 0.8),
    conformalWidths(errors, 0.8),
  );
});
