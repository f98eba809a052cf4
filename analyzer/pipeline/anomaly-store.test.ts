import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { NO_FEEDBACK } from '../anomaly/feedback.ts';
import { createAnomalyStore } from './anomaly-store.ts';
import { decodeState, encodeState } from './state-file.ts';

const FORMAT = { magic: 'latency-guard-anomaly-state', version: 1 };

const parts = [
  { kind: 'a', state: Float64Array.of(1, Number.NaN, -0) },
  ['b', undefined],
  new Map([[1, 2]]),
];

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'guard-store-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('what was saved is loaded, in memory and on disk, and nothing before', async (t) => {
  const folder = join(folderOf(t), 'new', 'folder');
  for (const path of [undefined, folder]) {
    const store = createAnomalyStore(path);
    assert.equal(await store.load(), undefined);
    assert.deepEqual(await store.loadFeedback(), NO_FEEDBACK);
    await store.save(parts);
    assert.deepEqual(await store.load(), parts);
  }
  assert.deepEqual(await createAnomalyStore(folder).load(), parts);
});

test('another version, damage and other files are refused by what is wrong with them', async () => {
  const bytes = await encodeState(FORMAT, parts);
  const damaged = Buffer.from(bytes);
  damaged[damaged.length - 1]! ^= 1;
  assert.throws(() => decodeState(FORMAT, damaged), /damaged: the checksum/);
  assert.throws(() => decodeState(FORMAT, bytes.subarray(0, -5)), /damaged: the checksum/);
  const old = Buffer.from(bytes.toString('latin1').replace(' 1 ', ' 0 '), 'latin1');
  assert.throws(() => decodeState(FORMAT, old), /version 0, this program reads 1/);
  for (const other of ['', 'something else\n']) {
    assert.throws(() => decodeState(FORMAT, Buffer.from(other)), /not a state/);
  }
});

test('labels are kept beside it and checked before they are believed', async (t) => {
  const folder = folderOf(t);
  const store = createAnomalyStore(folder);
  const label = {
    signal: 's',
    labels: { a: 'b' },
    verdict: 'real',
    at: 1,
    alarm: { since: 1, peak: 2 },
  } as const;
  const state = { labels: [label], thresholds: [{ signal: 's', labels: {}, factor: 2 }] };
  await store.saveFeedback(state);
  assert.deepEqual(await store.loadFeedback(), state);
  for (const wrong of ['{', '{"labels":[],"thresholds":[{"signal":"s","labels":{},"factor":0}]}']) {
    writeFileSync(join(folder, 'anomaly-feedback.json'), wrong);
    await assert.rejects(store.loadFeedback(), /anomaly-feedback\.json holds no labels/);
  }
});

test('a folder that cannot be made is an error', async (t) => {
  const file = join(folderOf(t), 'file');
  writeFileSync(file, '');
  await assert.rejects(createAnomalyStore(join(file, 'below')).save(parts), /ENOTDIR|EEXIST/);
});
