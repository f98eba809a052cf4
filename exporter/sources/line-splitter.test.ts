import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLineSplitter } from './line-splitter.ts';

function linesOf(chunks: readonly (string | Buffer)[], maxChars?: number): string[] {
  const lines: string[] = [];
  const push = createLineSplitter((line) => lines.push(line), maxChars);
  for (const chunk of chunks) push(Buffer.from(chunk));
  return lines;
}

test('lines come whole whatever the chunks', () => {
  assert.deepEqual(linesOf(['a\nb', 'c\n', '\nd']), ['a', 'bc', '']);
  const bytes = Buffer.from('ü\n');
  assert.deepEqual(linesOf([bytes.subarray(0, 1), bytes.subarray(1)]), ['ü']);
});

test('a line beyond the bound is dropped whole and the next one survives', () => {
  assert.deepEqual(linesOf(['12345', '6789\nok\n'], 4), ['ok']);
  assert.deepEqual(linesOf(['123456789\nok\n'], 4), ['ok']);
  assert.deepEqual(linesOf(['1234\n'], 4), ['1234']);
});
