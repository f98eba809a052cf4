import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { lastLines, lastLinesOf, openLogFile } from './log-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'guard-log-file-'));
after(() => rmSync(folder, { recursive: true }));

test('a full file is rotated, three old ones are kept, also over a restart', () => {
  const path = join(folder, 'deep', 'server.log');
  for (let index = 0; index < 6; index += 1) {
    const log = openLogFile(path, 10);
    log.write(Buffer.from(`line ${index}..\n`));
    log.close();
  }
  const content = ['', '.1', '.2', '.3'].map((end) => readFileSync(path + end, 'utf8').trim());
  assert.deepEqual(content, ['line 5..', 'line 4..', 'line 3..', 'line 2..']);
  assert.equal(existsSync(`${path}.4`), false);
});

test('writing after the end is no error: the last output of a process can be late', () => {
  const log = openLogFile(join(folder, 'late.log'));
  log.close();
  log.write(Buffer.from('late\n'));
  log.close();
  assert.equal(readFileSync(join(folder, 'late.log'), 'utf8'), '');
});

test('the last lines are those that say something, short and without colours', () => {
  const text = `old\n\u001b[31mred\u001b[0m\n\n   \n${'x'.repeat(400)}\n`;
  const [red, long] = lastLines(text, 2);
  assert.equal(red, 'red');
  assert.equal(long?.length, 300);
  assert.deepEqual(lastLines('', 3), []);
  assert.deepEqual(lastLinesOf(join(folder, 'nowhere.log'), 3), []);
});
