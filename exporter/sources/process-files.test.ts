import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createProcessFiles, DENIED, GONE, MAX_FILE_BYTES } from './process-files.ts';

const FIXTURE = join(import.meta.dirname, '../fixtures/process/proc');
const fixture = createProcessFiles({ procfs: FIXTURE, passwdFile: join(FIXTURE, 'passwd') });
const live = createProcessFiles({ procfs: '/proc' });
const { pid } = process;
const skip = existsSync('/proc/self/exe') ? false : 'no procfs here';

test('processes and threads are listed by number', () => {
  assert.deepEqual(
    fixture.listProcesses().sort((a, b) => a - b),
    [1, 17, 700],
  );
  const tasks = fixture.listTasks(700);
  assert.ok(Array.isArray(tasks));
  assert.deepEqual(tasks.sort(), [700, 701, 702]);
  assert.ok(live.listProcesses().includes(pid));
});

test('text, links and open files are read', () => {
  assert.equal(fixture.read('uptime'), '1000.00 1900.00\n');
  assert.equal(fixture.readLink('700/exe'), '/usr/bin/node');
  assert.equal(fixture.countOpenFiles(700), 6);
  assert.match(String(live.read(`${pid}/stat`)), new RegExp(`^${pid} \\(`));
});

test('the number of open files is the length of the list', () => {
  const counted = live.countOpenFiles(pid);
  const listed = readdirSync('/proc/self/fd').length;
  assert.ok(typeof counted === 'number' && Math.abs(counted - listed) <= 2, `${String(counted)}`);
});

test('what is not there is gone', () => {
  assert.equal(fixture.read('1/nothing'), GONE);
  assert.equal(fixture.read('4242/stat'), GONE);
  assert.equal(fixture.read('1/stat/deeper'), GONE);
  assert.equal(fixture.readLink('17/exe'), GONE);
  assert.equal(fixture.listTasks(4242), GONE);
  assert.equal(fixture.countOpenFiles(4242), GONE);
  assert.equal(live.countOpenFiles(2 ** 30), GONE);
  assert.equal(fixture.readUsers(), GONE);
});

test('denied is told from gone', { skip: process.getuid?.() === 0 && 'root may read all' }, () => {
  assert.equal(live.read('1/io'), DENIED);
});

/** Runs `sleep` in a folder that is reached step by step, and whose path is longer than any path may be. */
const DEEP_PROGRAM = `
  const { mkdirSync, copyFileSync } = require('node:fs');
  for (let depth = 0; depth < 25; depth += 1) {
    mkdirSync('x'.repeat(200));
    process.chdir('x'.repeat(200));
  }
  copyFileSync('/bin/sleep', 's');
  const child = require('node:child_process').spawn('./s', ['60'], { stdio: 'ignore' });
  child.once('spawn', () => console.log(child.pid));
  process.once('SIGTERM', () => { child.kill(); process.exit(); });
`;

test('a program whose path is too long for readlink hides nobody else', { skip }, async () => {
  const root = mkdtempSync(join(tmpdir(), 'guard-long-'));
  const parent = spawn(process.execPath, ['-e', DEEP_PROGRAM], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    assert.equal(live.readLink(`${Number(line)}/exe`), DENIED);
    assert.match(String(live.read(`${Number(line)}/stat`)), /\(s\)/);
  } finally {
    parent.kill();
    await once(parent, 'exit');
    spawnSync('rm', ['-rf', root]);
  }
});

test('a procfs that is not there, and errors that are neither, are thrown', () => {
  const none = createProcessFiles({ procfs: '/nonexistent' });
  assert.throws(() => none.listProcesses(), { code: 'ENOENT' });
  assert.throws(() => fixture.read('1'), /Cannot read .*proc\/1: EISDIR/);
});

test('a read is bounded', () => {
  const text = createProcessFiles({ procfs: '/dev' }).read('zero');
  assert.equal(String(text).length, MAX_FILE_BYTES);
});
