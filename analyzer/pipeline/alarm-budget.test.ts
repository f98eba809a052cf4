import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAlarmBudget } from './alarm-budget.ts';

const open = (...keys: string[]) => new Map(keys.map((key) => [key, true]));
const HALF_DAY = 43_200;

test('every new event raises the threshold of its host, an open one does not again', () => {
  const budget = createAlarmBudget(2);
  assert.equal(budget.factor('a'), 1);
  budget.count(open('a'), 0);
  budget.count(open('a'), 60);
  const once = budget.factor('a');
  assert.ok(once > 1.09 && once <= 1.1, `${once}`);
  budget.count(open(), 120);
  budget.count(open('a'), 180);
  assert.ok(budget.factor('a') > once);
  assert.equal(budget.factor('b'), 1);
});

test('the welcome number of events a day costs nothing in the long run', () => {
  const budget = createAlarmBudget(2);
  for (let turn = 0; turn < 20; turn++) {
    budget.count(open('a'), turn * HALF_DAY);
    budget.count(open(), turn * HALF_DAY + 60);
  }
  assert.ok(budget.factor('a') < 1.11, `${budget.factor('a')}`);
  budget.count(open(), 30 * HALF_DAY);
  assert.equal(budget.factor('a'), 1);
});

test('a restored budget goes on where it was', () => {
  const budget = createAlarmBudget(1);
  budget.count(open('a', 'b'), 0);
  const other = createAlarmBudget(1);
  other.restore(budget.all());
  for (const one of [budget, other]) one.count(open('a'), 3600);
  assert.equal(other.factor('b'), budget.factor('b'));
});
