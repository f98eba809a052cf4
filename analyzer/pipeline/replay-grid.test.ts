import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveGrid } from './replay-grid.ts';

const DAY = 86_400;

test('a day is seen in quarters of an hour over two weeks, an hour in minutes over four hours', () => {
  assert.deepEqual(resolveGrid({ horizon: DAY }), { horizon: DAY, step: 900, history: 14 * DAY });
  assert.deepEqual(resolveGrid({ horizon: 3600 }), { horizon: 3600, step: 60, history: 14_400 });
});

test('a longer horizon looks back farther, a named history makes the step coarser', () => {
  assert.deepEqual(resolveGrid({ horizon: 10 * DAY }), {
    horizon: 10 * DAY,
    step: 10_800,
    history: 40 * DAY,
  });
  const grid = resolveGrid({ horizon: 3600, history: 14 * DAY });
  assert.ok(typeof grid !== 'string' && grid.step === 600 && grid.history === 14 * DAY);
});

test('horizon and history become whole steps', () => {
  assert.deepEqual(resolveGrid({ horizon: 100, step: 60, history: 1000 }), {
    horizon: 120,
    step: 60,
    history: 960,
  });
});

test('too many steps are refused with what to do', () => {
  assert.match(String(resolveGrid({ horizon: 90 * DAY, step: 60 })), /at most 1000: choose/);
  assert.match(
    String(resolveGrid({ horizon: 600, step: 1, history: 20_000 })),
    /history of 20000 steps, at most 11000/,
  );
  assert.match(String(resolveGrid({ horizon: 600, step: 600, history: 600 })), /less than two/);
});
