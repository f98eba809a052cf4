import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countedVerdicts, lowerBound, successRate } from './success-rate.ts';

const near = (got: number, want: number) =>
  assert.ok(Math.abs(got - want) < 1e-9, `${got} ${want}`);

test('the bound is the 5th percentile of the Beta posterior', () => {
  // Closed forms: Beta(n + 1, 1) has the CDF x^(n + 1), Beta(1, n + 1) has 1 − (1 − x)^(n + 1).
  for (const count of [0, 1, 5, 10, 100, 1_999]) {
    near(lowerBound(count, 0), 0.05 ** (1 / (count + 1)));
    near(lowerBound(0, count), 1 - 0.95 ** (1 / (count + 1)));
  }
  // Beta(2, 2): 3x² − 2x³ = 0.05.
  const x = lowerBound(1, 1);
  near(3 * x ** 2 - 2 * x ** 3, 0.05);
});

test('more of the same proof raises the bound, a failure lowers it', () => {
  const bounds = [0, 1, 2, 5, 10, 50, 500].map((count) => lowerBound(count, 0));
  assert.deepEqual(
    bounds,
    bounds.toSorted((a, b) => a - b),
  );
  assert.ok(lowerBound(9, 1) < lowerBound(10, 0));
  assert.ok(lowerBound(900_000, 100_000) > 0.88, 'many verdicts cost no time');
  assert.ok(lowerBound(900_000, 100_000) < 0.9);
});

test('verdicts are counted by playbook and kind, and unknown says nothing', () => {
  const outcomes = [
    { playbook: 'a', kind: 'io_bound', verdict: 'improved', count: 3 },
    { playbook: 'a', kind: 'io_bound', verdict: 'no_effect', count: 1 },
    { playbook: 'a', kind: 'io_bound', verdict: 'worse', count: 1 },
    { playbook: 'a', kind: 'io_bound', verdict: 'unknown', count: 9 },
    { playbook: 'a', kind: 'cpu_steal', verdict: 'improved', count: 5 },
    { playbook: 'b', kind: 'io_bound', verdict: 'improved', count: 7 },
  ];
  const rate = successRate(outcomes, { playbook: 'a', kind: 'io_bound' });
  assert.deepEqual([rate.improved, rate.noEffect, rate.worse, rate.unknown], [3, 1, 1, 9]);
  assert.equal(countedVerdicts(rate), 5);
  near(rate.mean, 4 / 7);
  assert.equal(successRate(outcomes, { playbook: 'a' }).improved, 8);
  assert.equal(successRate([], { playbook: 'a' }).mean, 0.5, 'nothing known is an even chance');
});
