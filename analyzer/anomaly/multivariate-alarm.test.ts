import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_ALARM, nextAlarm } from './multivariate-alarm.ts';

const follow = (scores: readonly number[], step = 60) => {
  let state = NO_ALARM;
  return scores.map((score, i) => {
    state = nextAlarm(state, score, i * step);
    return state.since;
  });
};

test('an alarm is one episode while the score keeps coming back', () => {
  const scores = [0.2, 1.5, ...new Array<number>(10).fill(0.1), 1.2, 0.1];
  assert.deepEqual([...new Set(follow(scores))], [undefined, 60]);
});

test('it ends after half an hour of quiet, and the next is another', () => {
  const since = follow([1.5, ...new Array<number>(40).fill(0.1), 1.5]);
  assert.equal(since[30], 0);
  assert.equal(since[31], undefined);
  assert.equal(since.at(-1), 41 * 60);
});

test('rows that are hours apart need a few quiet ones', () => {
  assert.deepEqual(follow([1.5, 0, 0, 0], 3600), [0, 0, 0, undefined]);
});

test('just below the edge keeps an alarm open but opens none', () => {
  assert.deepEqual(follow([0.9, 0.9]), [undefined, undefined]);
  assert.equal(follow([1, ...new Array<number>(60).fill(0.9)]).at(-1), 0);
});

test('a missing score changes nothing', () => {
  assert.deepEqual(follow([1.5, Number.NaN]), [0, 0]);
});
