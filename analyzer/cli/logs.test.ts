// The real `guard logs rotate` on real folders.
import assert from 'node:assert/strict';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { guard } from './past-prometheus.contract.ts';
import type { FileOutcome } from './rotate-logs.ts';

const DAY = 86_400;
let root = '';
let logs = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'guard-logs-')));
  logs = join(root, 'logs');
  mkdirSync(join(logs, 'sub'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

function put(name: string, ageDays: number, text = `${name}\n`): string {
  const file = join(logs, name);
  writeFileSync(file, text);
  const time = Date.now() / 1000 - ageDays * DAY;
  utimesSync(file, time, time);
  return file;
}

async function rotate(more = '', ...flags: string[]) {
  const config = join(root, 'logs.yml');
  writeFileSync(
    config,
    `directories: [{path: ${logs}, patterns: ['*.log', 'sub/*.log']${more}}]\n`,
  );
  const result = await guard('logs', 'rotate', '--config', config, '--json', ...flags);
  const outcomes = result.stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as FileOutcome);
  return { ...result, outcomes };
}

test('old files become archives that give back the same; young, excluded and other files stay', async () => {
  put('old.log', 3, 'precious\n'.repeat(1_000));
  put('sub/deep.log', 3);
  for (const [name, age] of [
    ['new.log', 0],
    ['audit.log', 3],
    ['data.txt', 3],
    ['a.log.gz', 3],
  ] as const)
    put(name, age);
  put('empty.log', 3, '');
  const { status, outcomes, stderr } = await rotate(`, exclude: ['audit.*']`);
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    outcomes.map(({ outcome, file }) => [outcome, file]),
    [
      ['archived', join(logs, 'old.log')],
      ['archived', join(logs, 'sub/deep.log')],
    ],
  );
  const { archive = '', bytes, archivedBytes = 0, sha256 } = outcomes[0]!;
  assert.equal(gunzipSync(readFileSync(archive)).toString(), 'precious\n'.repeat(1_000));
  assert.ok(bytes === 9_000 && archivedBytes < 200 && /^[0-9a-f]{64}$/.test(sha256 ?? ''));
  assert.deepEqual(
    readdirSync(logs)
      .filter((name) => !name.startsWith('old.log.'))
      .sort(),
    ['a.log.gz', 'audit.log', 'data.txt', 'empty.log', 'new.log', 'sub'],
  );
  assert.deepEqual((await rotate(`, exclude: ['audit.*']`)).outcomes, []);
});

test('a dry run says the same and touches nothing', async () => {
  put('old.log', 3);
  put(`gone.log.${stamp(40)}.gz`, 40);
  const before = readdirSync(logs);
  const { outcomes } = await rotate(', retention: 30d', '--dry-run');
  assert.deepEqual(outcomes.map(({ outcome }) => outcome).sort(), [
    'would_archive',
    'would_remove',
  ]);
  assert.deepEqual(readdirSync(logs), before);
});

test('retention removes our own archives and nothing else', async () => {
  const kept = [`a.log.${stamp(5)}.gz`, 'b.log.1.gz', 'c.log-20200101.gz'];
  for (const name of kept) put(name, 400);
  put(`a.log.${stamp(40)}.gz`, 40);
  const { outcomes } = await rotate(', retention: 30d');
  assert.deepEqual(
    outcomes.map(({ outcome }) => outcome),
    ['removed'],
  );
  assert.deepEqual(readdirSync(logs).sort(), [...kept, 'sub'].sort());
});

test('archives go into a folder of their own, in the same tree', async () => {
  put('sub/deep.log', 3);
  const { outcomes } = await rotate(`, archive: ${join(root, 'archive')}`);
  assert.ok(outcomes[0]?.archive?.startsWith(join(root, 'archive/sub/deep.log.')));
  assert.ok(existsSync(outcomes[0]?.archive ?? ''));
});

test('symbolic links lead nowhere', async () => {
  const outside = join(root, 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret.log'), 'secret\n');
  utimesSync(join(outside, 'secret.log'), 1_000, 1_000);
  symlinkSync(join(outside, 'secret.log'), join(logs, 'link.log'));
  rmSync(join(logs, 'sub'), { recursive: true });
  symlinkSync(outside, join(logs, 'sub'));
  const { outcomes } = await rotate();
  assert.deepEqual(outcomes, []);
  assert.deepEqual(readdirSync(outside), ['secret.log']);
});

test('what somebody writes to is left, however old it looks', async (t) => {
  if (process.platform !== 'linux') return t.skip('needs procfs');
  const fd = openSync(put('open.log', 3), 'a');
  try {
    const { outcomes, status } = await rotate();
    assert.equal(status, 0);
    assert.deepEqual(
      [outcomes[0]?.outcome, outcomes[0]?.reason],
      ['skipped', `open for writing by process ${process.pid}`],
    );
  } finally {
    closeSync(fd);
  }
});

test('one at a time; a lock that a crash has left does not last', async () => {
  put('old.log', 3);
  const lock = join(logs, '.guard-logs.lock');
  const text = readFileSync('/proc/self/stat', 'latin1');
  const started = text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  writeFileSync(lock, `${process.pid} ${started}\n`);
  const busy = await rotate();
  assert.equal(busy.status, 1);
  assert.match(busy.stderr, new RegExp(`worked on by process ${process.pid}`));
  for (const left of [`${process.pid} 1\n`, '4194304 1\n']) {
    writeFileSync(lock, left);
    put('old.log', 3);
    assert.equal((await rotate()).outcomes[0]?.outcome, 'archived');
    assert.ok(!existsSync(lock));
  }
});

test('mistakes in the file and folders that are not there are said', async () => {
  const bad = await rotate(', min_age: 1s, min_size: big');
  assert.equal(bad.status, 1);
  assert.match(bad.stderr, /min_age: "1s" is out of range/);
  assert.match(bad.stderr, /min_size: "big" is not a size/);
  assert.match(
    (await rotate(`, exclude: ['../*']`)).stderr,
    /expected a pattern inside the folder/,
  );
  rmSync(logs, { recursive: true });
  const gone = await rotate();
  assert.equal(gone.status, 1);
  assert.match(gone.stderr, /ENOENT/);
});

function stamp(ageDays: number): string {
  const time = new Date(Date.now() - ageDays * DAY * 1000);
  return time.toISOString().replaceAll(/[-:]|\.\d+/g, '');
}
