import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createThief } from './steal.ts';

/** user nice system idle iowait irq softirq steal guest guest_nice */
const stat = (user: number, idle: number, steal: number) =>
  `cpu  ${user} 0 0 ${idle} 0 0 0 ${steal} 0 0\nintr 5 0 1\nctxt 77\n`;

test('the first text is unchanged, later a share of the time that passed is rebooked', () => {
  const thief = createThief(0.3);
  assert.equal(thief(stat(100, 100, 0)), 'cpu 100 0 0 100 0 0 0 0 0 0\nintr 5 0 1\nctxt 77\n');
  // 100 ticks passed, 60 of them idle: 30 are stolen.
  assert.match(thief(stat(140, 160, 0)), /^cpu 140 0 0 130 0 0 0 30 0 0\n/);
  // Of 100 more only 10 were idle: the rest of the 30 is taken from user time; what really was stolen is kept.
  assert.match(thief(stat(230, 170, 0)), /^cpu 210 0 0 130 0 0 0 60 0 0\n/);
  assert.match(thief(stat(230, 170, 10)), /^cpu 210 0 0 130 0 0 0 70 0 0\n/);
});

test('no counter ever goes down, and each CPU has its own books', () => {
  const thief = createThief(0.9);
  const text = (step: number) =>
    `cpu0 0 0 0 ${step * 50} 0 0 0 0 0 0\ncpu1 0 0 0 ${step} 0 0 0 0 0 0`;
  let before = [0, 0];
  for (let step = 0; step < 20; step += 1) {
    const idle = [...thief(text(step)).matchAll(/^cpu\d 0 0 0 (\d+)/gm)].map((match) =>
      Number(match[1]),
    );
    assert.ok(
      idle.every((value, cpu) => value >= before[cpu]!),
      `${idle} after ${before}`,
    );
    before = idle;
  }
  assert.ok(before[0]! < 19 * 50 && before[1]! <= 19);
});

test('a line that is too short is left alone', () => {
  assert.equal(createThief(0.5)('cpu  1 2 3\nbtime 9'), 'cpu  1 2 3\nbtime 9');
});
