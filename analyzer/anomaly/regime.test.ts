import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNormal } from '../forecast/generated-series.ts';
import { type Episode, handOver, isSettled, NO_EPISODE, nextEpisode } from './regime.ts';

const MINUTE = 60;
const HOUR = 3600;
const START = 1_700_000_000;

/** Scores a minute apart; within a regime those of the other model. */
function follow(
  scores: readonly number[],
  {
    from = NO_EPISODE,
    adapted = Number.NaN,
    step = MINUTE,
  }: { from?: Episode; adapted?: number; step?: number } = {},
): Episode {
  const first = Number.isNaN(from.time) ? START : from.time + step;
  return scores.reduce(
    (episode, score, i) => nextEpisode(episode, { score, adapted }, first + i * step),
    from,
  );
}

const steady = (count: number, level: number) => {
  const normal = createNormal(3);
  return Array.from({ length: count }, () => level + 0.05 * normal());
};

test('an alarm that stays the same for six hours has told what there is to tell', () => {
  assert.equal(isSettled(follow(steady(5 * 60, 1.8))), false);
  assert.equal(isSettled(follow(steady(6 * 60 + 5, 1.8))), true);
  assert.equal(
    isSettled(follow(steady(10 * 60, 0.3))),
    false,
    'without an alarm there is nothing to end',
  );
});

test('one that gets worse goes on', () => {
  const rising = Array.from({ length: 12 * 60 }, (_, i) => 1.1 + i / 300);
  assert.equal(isSettled(follow(rising)), false);
});

test('rows that are hours apart need enough of them', () => {
  assert.equal(isSettled(follow(steady(10, 1.8), { step: HOUR })), false);
  assert.equal(isSettled(follow(steady(70, 1.8), { step: HOUR })), true);
});

test('handed over, the alarm is over and the regime dates from its beginning', () => {
  const { alarm, regime } = handOver(follow(steady(7 * 60, 1.8)));
  assert.deepEqual([alarm.since, regime?.since], [undefined, START]);
});

test('within a regime the other model alarms, not the high score', () => {
  const regime = handOver(follow(steady(7 * 60, 1.8)));
  const quiet = follow(steady(10 * 60, 1.8), { from: regime, adapted: 0.2 });
  assert.equal(quiet.alarm.since, undefined);
  assert.equal(quiet.regime?.since, START);
  const loud = follow([1.9], { from: quiet, adapted: 1.4 });
  assert.equal(loud.alarm.since, quiet.time + MINUTE);
  const again = handOver(follow(steady(7 * 60, 1.8), { from: loud, adapted: 1.4 }));
  assert.equal(again.regime?.since, START, 'one regime that has changed once more');
});

test('when all is as before the regime is over, and the first model is the judge again', () => {
  const regime = handOver(follow(steady(7 * 60, 1.8)));
  const back = follow(steady(40, 0.2), { from: regime, adapted: 0.9 });
  assert.equal(back.regime, undefined);
  assert.equal(follow([1.5], { from: back, adapted: 0.1 }).alarm.since, back.time + MINUTE);
  const short = follow(steady(10, 0.2), { from: regime, adapted: 0.9 });
  assert.notEqual(short.regime, undefined, 'ten minutes are no return');
});

test('a missing score changes nothing', () => {
  const before = follow(steady(60, 1.8));
  assert.equal(
    nextEpisode(before, { score: Number.NaN, adapted: 1 }, before.time + MINUTE),
    before,
  );
});
