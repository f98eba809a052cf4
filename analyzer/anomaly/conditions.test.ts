import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CONDITIONS_LENGTH, type Condition, findConditions } from './conditions.ts';

const STEP = 15;

function conditionsOf(values: readonly number[], timeOf = (i: number) => i * STEP): Condition[][] {
  const state = new Float64Array(CONDITIONS_LENGTH);
  return values.map((value, i) => findConditions(state, { time: timeOf(i) + 1e9, value }));
}

const lively = (count: number) => Array.from({ length: count }, (_, i) => 50 + ((i * 7) % 11));
const kinds = (found: readonly Condition[][]) => [...new Set(found.flat().map(({ kind }) => kind))];

test('a lively line that stops moving is a finding, dated to its last change', () => {
  const found = conditionsOf([...lively(400), ...Array(100).fill(53)]);
  assert.deepEqual(kinds(found), ['flat_line']);
  assert.deepEqual(found.at(-1), [
    { kind: 'flat_line', since: 1e9 + 400 * STEP, value: 53, usualSeconds: 0 },
  ]);
  assert.deepEqual(kinds(found.slice(0, 455)), []);
});

test('a line that always was flat, or often stands still, is none', () => {
  assert.deepEqual(kinds(conditionsOf(Array(500).fill(7))), []);
  const lazy = Array.from({ length: 500 }, (_, i) => Math.floor(i / 40) % 3);
  assert.deepEqual(kinds(conditionsOf([...lazy, ...Array(100).fill(1)])), []);
});

test('a gap is a finding when it ends, and while NaN stands for it', () => {
  const late = conditionsOf(lively(100), (i) => i * STEP + (i >= 60 ? 600 : 0));
  assert.deepEqual(
    late.flatMap((found, i) => (found.length > 0 ? [i] : [])),
    [60],
  );
  assert.deepEqual(late[60], [
    { kind: 'gap', since: 1e9 + 59 * STEP, value: 50 + ((59 * 7) % 11), usualSeconds: STEP },
  ]);
  const holed = conditionsOf(lively(100).map((value, i) => (i > 50 && i < 60 ? NaN : value)));
  assert.deepEqual(holed[52], [], 'one missing scrape is no gap');
  assert.deepEqual(holed[57], [
    { kind: 'gap', since: 1e9 + 50 * STEP, value: 50 + ((50 * 7) % 11), usualSeconds: STEP },
  ]);
});

test('only a series that never fell otherwise resets', () => {
  const counter = Array.from({ length: 200 }, (_, i) => (i < 150 ? i * 10 : (i - 150) * 10));
  assert.deepEqual(conditionsOf(counter)[150], [
    { kind: 'reset', since: 1e9 + 150 * STEP, value: 1490, usualSeconds: 0 },
  ]);
  const memory = counter.map((value, i) => value + (i % 20 === 0 ? 30 : 0));
  assert.deepEqual(kinds(conditionsOf(memory)), []);
  const halved = counter.map((value, i) => (i < 150 ? value : 1200 + i));
  assert.deepEqual(kinds(conditionsOf(halved)), [], 'a fall by a fifth is no beginning');
});
