import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoDataError } from '../collector.ts';
import { createProcessDirectory, type ProcessDirectory } from './directory.ts';

const sourceOf = (group: string): ProcessDirectory => ({
  groupsByPid: async () => new Map([[1, group]]),
});

test('it answers what its source says, and the newest source after a change', async () => {
  const directory = createProcessDirectory();
  const [first, second] = [sourceOf('old'), sourceOf('new')];
  directory.provide(first);
  assert.equal((await directory.groupsByPid()).get(1), 'old');
  directory.provide(second);
  directory.withdraw(first);
  assert.equal((await directory.groupsByPid()).get(1), 'new');
});

test('without a source it says so', async () => {
  const directory = createProcessDirectory();
  const source = sourceOf('a');
  directory.provide(source);
  directory.withdraw(source);
  await assert.rejects(directory.groupsByPid(), (error) => {
    assert.ok(error instanceof NoDataError);
    assert.equal(error.reason, 'no_process_groups');
    return true;
  });
});
