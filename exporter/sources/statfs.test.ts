import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { test } from 'node:test';
import { createSpaceReader, type FilesystemSpace } from './statfs.ts';

const SPACE: FilesystemSpace = { frsize: 4096, blocks: 10, bavail: 5, files: 3, ffree: 2 };

/** Paths below /dead hang until they are released, the others answer at once. */
function fakeHost() {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const statfs = (path: string): Promise<FilesystemSpace> => {
    asked.push(path);
    if (!path.startsWith('/dead')) return Promise.resolve(SPACE);
    return new Promise((resolve) => waiting.push(() => resolve(SPACE)));
  };
  const release = () => {
    for (const resolve of waiting.splice(0)) resolve();
  };
  return { asked, release, statfs };
}

test('the real filesystem answers', async () => {
  const reader = createSpaceReader({ timeoutMs: 5_000, maxHungCalls: 1 });
  const answer = await reader.read('/');
  assert.ok(answer !== 'timeout');
  assert.equal(answer.blocks, statfsSync('/').blocks);
  await assert.rejects(reader.read('/nonexistent'), { code: 'ENOENT' });
});

test('a dead mount is asked once until its call comes back', async () => {
  const host = fakeHost();
  const reader = createSpaceReader({ timeoutMs: 1, maxHungCalls: 2, statfs: host.statfs });
  for (let scrape = 0; scrape < 3; scrape += 1) assert.equal(await reader.read('/dead'), 'timeout');
  assert.deepEqual(host.asked, ['/dead']);
  host.release();
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await reader.read('/dead'), 'timeout');
  assert.deepEqual(host.asked, ['/dead', '/dead']);
});

test('with too many hanging calls no other path is asked', async () => {
  const host = fakeHost();
  const reader = createSpaceReader({ timeoutMs: 1, maxHungCalls: 2, statfs: host.statfs });
  for (const path of ['/dead/1', '/dead/2', '/dead/3', '/good']) {
    assert.equal(await reader.read(path), 'timeout', path);
  }
  assert.deepEqual(host.asked, ['/dead/1', '/dead/2']);
  host.release();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(await reader.read('/good'), SPACE);
});

test('two scrapes at once share one call', async () => {
  const host = fakeHost();
  const reader = createSpaceReader({ timeoutMs: 1_000, maxHungCalls: 2, statfs: host.statfs });
  const both = Promise.all([reader.read('/dead'), reader.read('/dead')]);
  host.release();
  assert.deepEqual(await both, [SPACE, SPACE]);
  assert.deepEqual(host.asked, ['/dead']);
});
