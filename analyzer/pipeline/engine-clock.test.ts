import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngineClock } from './engine-clock.ts';

const HOUR = 3600;
const START = 1_000_000;

function clockOf() {
  let elapsed = 0;
  let set = 0;
  const steps: number[] = [];
  const clock = createEngineClock({
    wall: () => START + elapsed + set,
    monotonic: () => 77 + elapsed,
    onStep: (seconds) => steps.push(seconds),
  });
  return {
    clock,
    steps,
    pass: (seconds: number) => {
      elapsed += seconds;
    },
    setWall: (seconds: number) => {
      set = seconds;
    },
    /** The server's time, off by so much from what really passed. */
    hear: (times: number, off = 0) => {
      for (let each = 0; each < times; each += 1) clock.hear(Math.floor(START + elapsed + off));
    },
  };
}

for (const offset of [HOUR, -HOUR]) {
  test(`time goes on when somebody sets the clock by ${offset} s, and it is said`, () => {
    const { clock, steps, pass, setWall, hear } = clockOf();
    hear(5);
    pass(60);
    setWall(offset);
    assert.equal(clock.now(), START + 60);
    hear(5);
    pass(60);
    assert.equal(clock.now(), START + 120);
    assert.deepEqual(
      clock.unavailable().map(({ what, reason }) => [what, reason]),
      [['clock', 'stepped']],
    );
    assert.match(clock.unavailable()[0]!.detail, offset > 0 ? /1h ahead/ : /1h behind/);
    setWall(0);
    assert.equal(clock.now(), START + 120);
    assert.deepEqual(clock.unavailable(), []);
    assert.deepEqual(steps, []);
  });
}

test('a clock that drifts is followed', () => {
  const { clock, pass, setWall } = clockOf();
  for (let seconds = 1; seconds <= 30; seconds += 1) {
    pass(10);
    setWall(seconds);
    assert.equal(clock.now(), START + 10 * seconds + seconds);
  }
  assert.deepEqual(clock.unavailable(), []);
});

test('a host whose clock is wrong from the beginning takes the time of the server', () => {
  const { clock, steps, hear } = clockOf();
  hear(2, HOUR);
  assert.equal(clock.now(), START, 'not at once');
  hear(1, HOUR);
  assert.equal(clock.now(), START + HOUR);
  assert.deepEqual(steps, [HOUR]);
  assert.match(clock.unavailable()[0]!.detail, /1h behind/);
});

test('answers of a cache, of any age, are not believed', () => {
  const { clock, steps, hear, pass } = clockOf();
  for (const age of [20, 40, 60, 80, 100]) {
    hear(1, -age);
    pass(1);
  }
  hear(2, -HOUR);
  hear(1);
  hear(2, -HOUR);
  assert.equal(clock.now(), START + 5);
  assert.deepEqual(steps, []);
});

test('after a suspend the server tells how long it was', () => {
  const { clock, steps, setWall, hear } = clockOf();
  setWall(8 * HOUR);
  hear(3, 8 * HOUR);
  assert.equal(clock.now(), START + 8 * HOUR);
  assert.deepEqual(steps, [8 * HOUR]);
  assert.deepEqual(clock.unavailable(), []);
});
