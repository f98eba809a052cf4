import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nelderMead } from './nelder-mead.ts';

test('the valley of Rosenbrock ends at (1, 1)', () => {
  const { point, value } = nelderMead(
    ([x, y]) => (1 - x!) ** 2 + 100 * (y! - x! ** 2) ** 2,
    [-1.2, 1],
    { maxEvaluations: 1000 },
  );
  assert.ok(Math.abs(point[0]! - 1) < 1e-2 && Math.abs(point[1]! - 1) < 1e-2, String(point));
  assert.ok(value < 1e-4);
});

test('one dimension is enough', () => {
  const { point } = nelderMead(([x]) => (x! - 3) ** 2 + 1, [0]);
  assert.ok(Math.abs(point[0]! - 3) < 1e-2, String(point));
});

test('a point that is refused by NaN is never the answer', () => {
  const { point, value } = nelderMead(([x]) => (x! < 1 ? Number.NaN : x!), [2]);
  assert.ok(point[0]! >= 1 && Number.isFinite(value));
});

test('a flat function ends at once, a wild one with the evaluations', () => {
  let calls = 0;
  nelderMead(() => ++calls * 0, [0, 0]);
  assert.equal(calls, 3);
  calls = 0;
  nelderMead(() => -++calls, [0, 0], { maxEvaluations: 40 });
  assert.ok(calls <= 44, String(calls));
});
