import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conformalWidths } from './conformal.ts';

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
