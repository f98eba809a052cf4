import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FileText, ProcessFiles } from '../../sources/process-files.ts';
import { GONE } from '../../sources/process-files.ts';
import { createProcessList } from './list.ts';

function createRig() {
  const rig = { stat: 'cpu 1 2\nprocesses 10\n' as FileText, pids: [1, 2], lists: 0 };
  const files: Pick<ProcessFiles, 'read' | 'listProcesses'> = {
    read: () => rig.stat,
    listProcesses: () => {
      rig.lists += 1;
      return rig.pids;
    },
  };
  return { rig, list: createProcessList(files) };
}

test('without a fork there is no new list, and who ended is not named again', () => {
  const { rig, list } = createRig();
  assert.deepEqual(list.next(), [1, 2]);
  list.ended([2]);
  assert.deepEqual(list.next(), [1]);
  assert.equal(rig.lists, 1);
  rig.stat = 'processes 11\n';
  rig.pids = [1, 3];
  assert.deepEqual(list.next(), [1, 3]);
});

test('the list is made anew now and then', () => {
  const { rig, list } = createRig();
  for (let reading = 0; reading < 30; reading += 1) list.next();
  assert.equal(rig.lists, 2);
});

test('where forks are not counted every reading lists', () => {
  const { rig, list } = createRig();
  for (const stat of [GONE, 'cpu 1\n', GONE] as const) {
    rig.stat = stat;
    list.next();
  }
  assert.equal(rig.lists, 3);
});
