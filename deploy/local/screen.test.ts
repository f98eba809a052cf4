import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createScreen } from './screen.ts';

function capture(terminal: { isTTY?: boolean; columns?: number; rows?: number }) {
  const written: string[] = [];
  const output = { ...terminal, write: (text: string) => written.push(text) };
  return { screen: createScreen(output), written };
}

test('on a terminal the area is drawn in place and words go above it', () => {
  const { screen, written } = capture({ isTTY: true, columns: 80, rows: 24 });
  screen.draw(['one', 'two']);
  screen.say('hello');
  screen.draw(['three']);
  screen.draw([]);
  assert.deepEqual(written, [
    'one\ntwo\n',
    '\u001b[2A\r\u001b[Jhello\none\ntwo\n',
    '\u001b[2A\r\u001b[Jthree\n',
    '\u001b[1A\r\u001b[J',
  ]);
});

test('the area never wraps and never scrolls', () => {
  const { screen, written } = capture({ isTTY: true, columns: 5, rows: 3 });
  screen.draw(['123456', 'b', 'c', 'd']);
  assert.deepEqual(written, ['123…\nb\n']);
});

test('without a terminal there are plain lines and no area', () => {
  const { screen, written } = capture({});
  screen.draw(['one']);
  screen.say('hello');
  assert.deepEqual(written, ['hello\n']);
  assert.equal(screen.live, false);
});

test('a terminal that does not tell its size is 80 by 24', () => {
  const { screen } = capture({ isTTY: true, columns: 0, rows: 0 });
  assert.equal(screen.width(), 79);
});
