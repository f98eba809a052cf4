import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdam } from './adam.ts';

test('the first step has the size of the rate, whatever the slope', () => {
  for (const slope of [1e-3, 1, 1e6]) {
    const parameters = Float64Array.of(5);
    createAdam(1, { rate: 0.1 })(parameters, Float64Array.of(slope));
    assert.ok(Math.abs(parameters[0]! - 4.9) < 1e-3, String(parameters[0]));
  }
});

test('a bowl is descended to its bottom, steep and shallow sides alike', () => {
  const parameters = Float64Array.of(3, -2);
  const step = createAdam(2, { rate: 0.05, maxNorm: 100 });
  for (let i = 0; i < 500; i++)
    step(parameters, Float64Array.of(2 * parameters[0]!, 20 * (parameters[1]! - 1)));
  assert.ok(Math.abs(parameters[0]!) < 0.02 && Math.abs(parameters[1]! - 1) < 0.02);
});

test('no slope, no step', () => {
  const parameters = Float64Array.of(3);
  createAdam(1)(parameters, Float64Array.of(0));
  assert.equal(parameters[0], 3);
});
