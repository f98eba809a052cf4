import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { GONE, MAX_FILE_BYTES } from './process-file-text.ts';
import { createKeeper } from './process-kept-files.ts';

const skip = existsSync('/proc/self/stat') ? false : 'no procfs here';
const buffer = Buffer.alloc(MAX_FILE_BYTES);

test('a kept file is read again and again, and ends with its process', { skip }, async () => {
  const child = spawn('sleep', ['60']);
  const file = createKeeper({ buffer })(`/proc/${child.pid}/stat`);
  assert.ok(file !== undefined);
  for (let read = 0; read < 2; read += 1) {
    assert.ok(String(file.read()).startsWith(`${child.pid} (`));
  }
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(file.read(), GONE);
  file.close();
});

test('an answer is the same as long as the file says the same, and another when it does not', {
  skip,
}, async () => {
  const child = spawn('sleep', ['60']);
  const keep = createKeeper({ buffer });
  const file = keep(`/proc/${child.pid}/stat`)!;
  const own = keep('/proc/self/stat')!;
  const first = file.read();
  own.read();
  child.kill('SIGSTOP');
  while (String(readFileSync(`/proc/${child.pid}/stat`)).split(' ')[2] !== 'T')
    await setImmediate();
  const stopped = file.read();
  assert.notEqual(stopped, first);
  assert.equal(stopped, readFileSync(`/proc/${child.pid}/stat`, 'latin1'));
  assert.equal(file.read(), stopped);
  child.kill('SIGKILL');
  await once(child, 'exit');
  file.close();
  own.close();
});

test('no more files are kept than allowed, and closing one makes room', { skip }, () => {
  const keep = createKeeper({ buffer, maxFiles: 1 });
  const before = readdirSync('/proc/self/fd').length;
  const first = keep('/proc/self/stat');
  assert.ok(first !== undefined);
  assert.equal(keep('/proc/self/status'), undefined);
  first.close();
  first.close();
  const second = keep('/proc/self/status');
  assert.ok(second !== undefined);
  assert.equal(keep('/proc/self/stat'), undefined, 'closing twice counts once');
  second.close();
  assert.equal(readdirSync('/proc/self/fd').length, before);
});

test('a file that is not there is not kept', () => {
  assert.equal(createKeeper({ buffer })('/proc/0/stat'), undefined);
});
