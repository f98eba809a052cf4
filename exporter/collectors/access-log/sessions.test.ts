import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSessionWindow } from './sessions.ts';

test('a session is active until the window has passed since it was seen last', () => {
  const sessions = createSessionWindow(60, 10);
  sessions.see('a', 0);
  sessions.see('b', 30);
  sessions.see('a', 50);
  assert.equal(sessions.active(59), 2);
  assert.equal(sessions.active(90), 1);
  assert.equal(sessions.active(110), 0);
});

test('when it is full, known sessions go on, new ones are counted, and there is room again later', () => {
  const sessions = createSessionWindow(60, 2);
  sessions.see('a', 0);
  sessions.see('b', 1);
  sessions.see('c', 2);
  sessions.see('b', 40);
  assert.deepEqual([sessions.active(40), sessions.untracked()], [2, 1]);
  sessions.see('c', 60);
  assert.deepEqual([sessions.active(60), sessions.untracked()], [2, 1]);
});

test('long keys are told apart', () => {
  const sessions = createSessionWindow(60, 10);
  sessions.see(`${'x'.repeat(5000)}1`, 0);
  sessions.see(`${'x'.repeat(5000)}2`, 0);
  sessions.see(`${'x'.repeat(5000)}1`, 0);
  assert.equal(sessions.active(1), 2);
});

test('below the bound it counts like a set over the window', () => {
  const request = fc.record({ key: fc.nat(20), wait: fc.nat(30) });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 60 }), (requests) => {
      const sessions = createSessionWindow(60, 1000);
      const seen: { key: number; at: number }[] = [];
      let now = 0;
      for (const { key, wait } of requests) {
        now += wait;
        sessions.see(String(key), now);
        seen.push({ key, at: now });
      }
      const expected = new Set(seen.filter(({ at }) => now - at < 60).map(({ key }) => key));
      assert.equal(sessions.active(now), expected.size);
      assert.equal(sessions.untracked(), 0);
    }),
  );
});
