// Rotation with real files, and with a real process that writes 10 MB a second while its file is taken away.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { archiveFile } from './log-archive.ts';
import { type LogFileOptions, openLogFile } from './log-file.ts';
import { parseSize } from './log-size.ts';

const WRITER = join(import.meta.dirname, 'log-writer.contract.ts');
const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

function fresh(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guard-log-'));
  folders.push(folder);
  return folder;
}

function open(folder: string, more: Partial<LogFileOptions> = {}) {
  const problems: string[] = [];
  const file = openLogFile({
    path: join(folder, 'a.log'),
    maxBytes: 0,
    maxAge: 0,
    maxFiles: 0,
    maxTotalBytes: 0,
    onProblem: (text) => problems.push(text),
    ...more,
  });
  return { ...file, problems };
}

/** Everything that was logged, in the order of the files' names. */
function textOf(folder: string): string {
  const [newest, ...old] = readdirSync(folder).sort();
  return [...old, newest!]
    .map((name) => readFileSync(join(folder, name)))
    .map((bytes) => (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes))
    .join('');
}

test('a file that is full is put aside and compressed; nothing is lost, nothing is torn', async () => {
  const folder = fresh();
  const file = open(folder, { maxBytes: 100 });
  const lines = Array.from({ length: 40 }, (_, index) => `line number ${index}\n`);
  for (const line of lines) file.write(line);
  file.write(`${'long'.repeat(100)}\n`);
  await file.settled();
  assert.equal(textOf(folder), `${lines.join('')}${'long'.repeat(100)}\n`);
  const old = readdirSync(folder).filter((name) => name !== 'a.log');
  assert.ok(
    old.length >= 6 && old.every((name) => /^a\.log\.\d{8}T\d{6}\.\d{3}Z-\d{3}\.gz$/.test(name)),
  );
  assert.deepEqual(file.problems, []);
});

test('a file that is old is put aside, also when it is another process that began it', async () => {
  const folder = fresh();
  writeFileSync(join(folder, 'a.log'), 'of yesterday\n');
  utimesSync(join(folder, 'a.log'), 1_000, 1_000);
  let ms = Date.now();
  const file = open(folder, { maxAge: 86_400, now: () => ms });
  file.write('first\n');
  ms += 2_000;
  file.write('second\n');
  await file.settled();
  assert.equal(readFileSync(join(folder, 'a.log'), 'utf8'), 'second\n');
  ms += 86_400_000;
  file.write('third\n');
  await file.settled();
  assert.equal(readFileSync(join(folder, 'a.log'), 'utf8'), 'third\n');
  assert.equal(textOf(folder), 'of yesterday\nfirst\nsecond\nthird\n');
});

test('old files are bounded in number and in total size, the newest stay', async () => {
  const folder = fresh();
  const file = open(folder, { maxBytes: 10, maxFiles: 3 });
  for (let index = 10; index < 40; index += 1) file.write(`number ${index}\n`);
  await file.settled();
  assert.equal(readdirSync(folder).length, 4);
  assert.equal(textOf(folder), 'number 36\nnumber 37\nnumber 38\nnumber 39\n');
  const [, newest] = readdirSync(folder).sort().reverse();
  const small = open(folder, { maxTotalBytes: statSync(join(folder, newest!)).size });
  await small.settled();
  assert.equal(readdirSync(folder).length, 2);
});

test('what a crash has left is compressed at the next start; files of others are left alone', async () => {
  const folder = fresh();
  const names = ['a.log.20260101T000000.000Z-000', 'a.log.1', 'a.log.20260101', 'b.log', 'a.logs'];
  for (const name of names) writeFileSync(join(folder, name), 'text\n');
  writeFileSync(join(folder, 'a.log.20260101T000000.000Z-000.gz.part'), 'half');
  await open(folder, { maxFiles: 1 }).settled();
  assert.deepEqual(
    readdirSync(folder).sort(),
    ['a.log', 'a.log.20260101T000000.000Z-000.gz', ...names.slice(1)].sort(),
  );
});

test('a file that cannot be opened is an error, one that is taken away is made anew', () => {
  assert.throws(() => open(join(fresh(), 'nowhere')), /log file cannot be opened: ENOENT/);
  const folder = fresh();
  const file = open(folder, { maxBytes: 15 });
  file.write('1234567890\n');
  rmSync(join(folder, 'a.log'));
  file.write('after\n1234\n');
  assert.equal(readFileSync(join(folder, 'a.log'), 'utf8'), 'after\n1234\n');
  assert.deepEqual(file.problems, []);
});

test('a file that cannot be rotated grows on, and that is said', () => {
  const folder = fresh();
  const now = () => Date.UTC(2026, 0, 1);
  const file = open(folder, { maxBytes: 15, now });
  file.write('1234567890\n');
  for (let count = 0; count < 1_000; count += 1)
    writeFileSync(join(folder, `a.log.20260101T000000.000Z-${String(count).padStart(3, '0')}`), '');
  file.write('1234567890\n');
  file.write('1234567890\n');
  assert.equal(statSync(join(folder, 'a.log')).size, 33);
  assert.deepEqual(file.problems.length, 1);
  assert.match(file.problems[0]!, /Cannot rotate .*a\.log: 1000 files/);
});

test('an archive replaces nothing, follows no link, and keeps the time of its original', async () => {
  const folder = fresh();
  const file = join(folder, 'old');
  writeFileSync(file, 'text\n');
  utimesSync(file, 1_000, 1_000);
  writeFileSync(join(folder, 'there.gz'), 'precious');
  await assert.rejects(archiveFile(file, join(folder, 'there.gz')), /EEXIST/);
  assert.equal(readFileSync(join(folder, 'there.gz'), 'utf8'), 'precious');
  symlinkSync(file, join(folder, 'link'));
  await assert.rejects(archiveFile(join(folder, 'link')), /ELOOP/);
  await assert.rejects(archiveFile(folder), /not a regular file|EISDIR/);
  const { archive, bytes } = await archiveFile(file);
  assert.deepEqual([bytes, statSync(archive).mtimeMs], [5, 1_000_000]);
  assert.deepEqual(readdirSync(folder).sort(), ['link', 'old.gz', 'there.gz']);
});

test('sizes have units, and what is none is refused', () => {
  const cases = {
    '0': 0,
    '512': 512,
    '1KB': 1000,
    '1.5MiB': 1_572_864,
    '100MB': 1e8,
    '2 GiB': 2 ** 31,
  };
  for (const [text, want] of Object.entries(cases)) assert.equal(parseSize(text), want, text);
  for (const text of ['', '-1', '1kb', '1e3', '10 apples', 'MB'])
    assert.equal(parseSize(text), undefined);
});

const skip = process.platform === 'win32' && 'signals';

test('under 10 MB a second, rotated by itself and by others, every line is there once', {
  skip,
}, async () => {
  const folder = fresh();
  const path = join(folder, 'a.log');
  const lines = 80_000;
  const args = [WRITER, path, String(lines), '10000000', '1000000'];
  const writer = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(writer, 'exit');
  try {
    // Before its first line it does not know the signal yet.
    while (!existsSync(path) && writer.exitCode === null) await sleep(20);
    for (let round = 0; round < 8 && writer.exitCode === null; round += 1) {
      await sleep(150);
      try {
        renameSync(path, join(folder, `a.log.of-logrotate.${round}`));
      } catch {
        continue;
      }
      // Every other time nobody says so: it has to be found.
      if (round % 2 === 0) writer.kill('SIGUSR2');
    }
    assert.equal((await ended)[0], 0);
  } finally {
    writer.kill('SIGKILL');
  }
  const numbers = textOf(folder)
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as { number: number }).number);
  assert.equal(numbers.length, lines);
  assert.equal(new Set(numbers).size, lines);
  assert.ok(readdirSync(folder).length > 10, readdirSync(folder).join());
});

test('without a file SIGUSR2 does no harm; a full disk sends the lines to standard error', {
  skip,
}, async () => {
  const logOf = (
    path: string,
  ) => `import { openLogger } from '${join(import.meta.dirname, 'log.ts')}';
    const file = ${path === '' ? undefined : `{ path: '${path}', maxBytes: 0, maxAge: 0, maxFiles: 0, maxTotalBytes: 0 }`};
    const log = await openLogger({ name: 'x', level: 'info', format: 'logfmt' }, file);
    process.kill(process.pid, 'SIGUSR2');
    setTimeout(() => log.info({ number: 1 }, 'still here'), 50);`;
  const run = async (path: string) => {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', logOf(path)]);
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const [code] = await once(child, 'close');
    return { code, text };
  };
  const plain = await run('');
  assert.equal(plain.code, 0);
  assert.match(plain.text, /msg="still here" number=1/);
  if (process.platform !== 'linux') return;
  const full = await run('/dev/full');
  assert.match(full.text, /Cannot write to \/dev\/full: ENOSPC/);
  assert.match(full.text, /msg="still here" number=1/);
});
