import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeGate, exitCodeOf, fraction, type Gate, times } from './gate.ts';

const gate = (figure: number): Gate => ({ what: 'CPU', figure, bar: 0.3, show: times });

test('a bar is held by what is equal to it', () => {
  assert.equal(describeGate(gate(0.3)), 'PASS    CPU: 0.30 × (bar ≤ 0.30 ×)');
  assert.equal(describeGate(gate(0.31)), 'FAIL    CPU: 0.31 × (bar ≤ 0.30 ×)');
});

test('what could not be measured is neither', () => {
  assert.equal(describeGate(gate(Number.NaN)), 'UNKNOWN CPU: not measured (bar ≤ 0.30 ×)');
});

test('a share of a peer is shown as a fraction', () => {
  assert.equal(fraction(1 / 25), '1/25.0');
});

test('the exit code is that of the worst gate; nothing measured is not success', () => {
  assert.equal(exitCodeOf([gate(0.1), gate(0.2)]), 0);
  assert.equal(exitCodeOf([gate(0.1), gate(Number.NaN)]), 2);
  assert.equal(exitCodeOf([gate(Number.NaN), gate(0.4)]), 1);
  assert.equal(exitCodeOf([]), 2);
});
