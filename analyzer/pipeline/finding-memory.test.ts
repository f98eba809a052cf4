import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { TrackedFinding } from '../bottleneck/track.ts';
import { createFindingMemory } from './finding-memory.ts';

const finding: TrackedFinding = {
  kind: 'cpu_saturation',
  subject: { job: 'j', instance: 'a', group: 'hog' },
  ...{ score: 0.9, confidence: 0.8, severity: 'warning', state: 'firing' },
  ...{ since: 1_000, changed: 1_010, lastSeen: 1_100 },
  evidence: [{ text: 'uses 2 CPUs', promql: 'up' }],
  suggestions: [{ id: 'profile', text: 'Profile it', reason: 'it is cheap' }],
};

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'guard-findings-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
function memoryOf(folder: string | undefined) {
  const problems: string[] = [];
  const memory = createFindingMemory(folder, ({ message }) => problems.push(message));
  return { memory, problems };
}

test('a finding that fires goes on to fire after a restart, since when it did', async (t) => {
  const folder = folderOf(t);
  await memoryOf(folder).memory.save([finding], 1_100);
  assert.deepEqual(memoryOf(folder).memory.load(1_160), [finding]);
});

test('nothing is there before the first time, and nothing is kept without a folder', async (t) => {
  const { memory, problems } = memoryOf(folderOf(t));
  assert.deepEqual(memory.load(1_000), []);
  const none = memoryOf(undefined).memory;
  await none.save([finding], 1_000);
  assert.deepEqual(none.load(1_000), []);
  assert.deepEqual(problems, []);
});

test('what is too old is no longer known to be so', async (t) => {
  const folder = folderOf(t);
  await memoryOf(folder).memory.save([finding], 1_000);
  assert.deepEqual(memoryOf(folder).memory.load(1_000 + 3_601), []);
});

test('it is written when something changes, and now and then', async (t) => {
  const folder = folderOf(t);
  const { memory } = memoryOf(folder);
  const savedAt = () => JSON.parse(readFileSync(join(folder, 'findings.json'), 'utf8')).savedAt;
  await memory.save([finding], 1_000);
  await memory.save([{ ...finding, score: 0.8 }], 1_005);
  assert.equal(savedAt(), 1_000);
  await memory.save([{ ...finding, severity: 'critical' }], 1_010);
  assert.equal(savedAt(), 1_010);
  await memory.save([{ ...finding, severity: 'critical' }], 1_040);
  assert.equal(savedAt(), 1_040);
});

test('a file that is damaged, of another version or something else is told of and taken for none', async (t) => {
  const folder = folderOf(t);
  const file = join(folder, 'findings.json');
  await memoryOf(folder).memory.save([finding], 1_000);
  const good = readFileSync(file, 'utf8');
  const check = (text: string, want: RegExp) => {
    writeFileSync(file, text);
    const { memory, problems } = memoryOf(folder);
    assert.deepEqual(memory.load(1_000), []);
    assert.match(problems.join(), want);
    assert.equal(memory.unavailable()[0]?.reason, 'state_unreadable');
  };
  check(good.replace('"score":0.9', '"score":0.1'), /damaged: the checksum does not match/);
  check(good.replace('"version":1', '"version":9'), /version 9, this program reads 1/);
  check(good.slice(0, -20), /JSON/);
  check('', /JSON/);
  check('null', /findings\.json: /);
});

test('what cannot be written is told of, and is over when it can', async (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'file'), '');
  const { memory, problems } = memoryOf(join(folder, 'file'));
  await memory.save([finding], 1_000);
  assert.match(problems.join(), /cannot be written: .*(ENOTDIR|EEXIST)/);
  assert.equal(memory.unavailable()[0]?.reason, 'state_not_saved');
  rmSync(join(folder, 'file'));
  await memory.save([finding], 1_030);
  assert.deepEqual(memory.unavailable(), []);
});
