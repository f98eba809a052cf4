import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProcessFiles } from '../../sources/process-files.ts';
import { createProcessList } from './list.ts';

function createRig() {
  const rig = { pids: [1, 2], lists: 0, forks: 10, threads: 5 };
  const files: Pick<ProcessFiles, 'listProcesses'> = {
    listProcesses: () => {
      rig.lists += 1;
      return rig.pids;
    },
  };
  const list = createProcessList(files);
  return { rig, list: { next: () => list.next(rig), ended: list.ended } };
}

test('without a fork there is no new list, and who ended is not named again', () => {
  const { rig, list } = createRig();
  assert.deepEqual(list.next(), [1, 2]);
  list.ended([2]);
  assert.deepEqual(list.next(), [1]);
  assert.equal(rig.lists, 1);
  rig.forks = 11;
  rig.pids = [1, 3];
  assert.deepEqual(list.next(), [1, 3]);
});

test('when fewer threads are left the list is made anew: a process may have ended', () => {
  const { rig, list } = createRig();
  list.next();
  rig.threads = 4;
  rig.pids = [1];
  assert.deepEqual(list.next(), [1]);
  list.next();
  assert.equal(rig.lists, 2);
});

test('the list is made anew now and then, also where threads are not counted', () => {
  for (const threads of [5, Number.NaN]) {
    const { rig, list } = createRig();
    rig.threads = threads;
    for (let reading = 0; reading < 30; reading += 1) list.next();
    assert.equal(rig.lists, 2);
  }
});

test('where forks are not counted every reading lists', () => {
  const { rig, list } = createRig();
  rig.forks = Number.NaN;
  for (let reading = 0; reading < 3; reading += 1) list.next();
  assert.equal(rig.lists, 3);
});
