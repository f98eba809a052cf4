import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NoDataError } from '../../sources/no-data.ts';
import { type CgroupMembership, NO_MEMBERSHIP } from '../process/cgroup.ts';
import { createMembers } from './members.ts';

const { signal } = new AbortController();

function createRig(paths: Record<number, readonly string[]>, groups: Record<number, string>) {
  const rig = { seconds: 0, reads: [] as number[], paths: new Map(Object.entries(paths)) };
  const directory = new Map(Object.entries(groups).map(([pid, group]) => [Number(pid), group]));
  const readMembership = (pid: number): CgroupMembership | undefined => {
    rig.reads.push(pid);
    const own = rig.paths.get(String(pid));
    return own === undefined ? undefined : { ...NO_MEMBERSHIP, paths: own };
  };
  const find = createMembers({
    processes: { groupsByPid: async () => directory },
    readMembership,
    clock: () => rig.seconds,
  });
  return { rig, find };
}

test('a limit holds for who is in the cgroup and for who is below it', async () => {
  const { find } = createRig(
    { 1: ['/shop'], 2: ['/shop/worker', '/'], 3: ['/shopping'], 4: ['/other'] },
    { 1: 'api', 2: 'worker', 3: 'stranger', 4: 'stranger' },
  );
  assert.deepEqual(await find(['/shop'], signal), [
    { group: 'api', cgroup: '/shop' },
    { group: 'worker', cgroup: '/shop' },
  ]);
});

test('a group is told once for each of its limited cgroups', async () => {
  const { find } = createRig({ 1: ['/a', '/b'], 2: ['/a'] }, { 1: 'api', 2: 'api' });
  assert.deepEqual(await find(['/a', '/b'], signal), [
    { group: 'api', cgroup: '/a' },
    { group: 'api', cgroup: '/b' },
  ]);
});

test('while nobody comes or goes and nothing is to be read again, the answer is the same', async () => {
  const { rig, find } = createRig({ 1: ['/a'] }, { 1: 'api' });
  const limited = ['/a'];
  const first = await find(limited, signal);
  rig.seconds = 20;
  assert.equal(await find(limited, signal), first);
  assert.deepEqual(await find(['/a', '/b'], signal), first);
  assert.deepEqual(rig.reads, [1]);
});

test('a process that is moved right after its start is noticed, and then rarely read', async () => {
  const { rig, find } = createRig({ 1: ['/'] }, { 1: 'api' });
  assert.deepEqual(await find(['/a'], signal), []);
  rig.paths.set('1', ['/a']);
  rig.seconds = 31;
  assert.equal((await find(['/a'], signal)).length, 1);
  rig.seconds = 600;
  await find(['/a'], signal);
  assert.deepEqual(rig.reads, [1, 1]);
  rig.seconds = 700;
  await find(['/a'], signal);
  assert.deepEqual(rig.reads, [1, 1, 1]);
});

test('nothing is read without a limit, and who is gone is in no cgroup', async () => {
  const { rig, find } = createRig({}, { 1: 'api' });
  assert.deepEqual(await find([], signal), []);
  assert.deepEqual(rig.reads, []);
  assert.deepEqual(await find(['/a'], signal), []);
});

test('without process groups there are no members; any other failure is told', async () => {
  const failing = (error: Error) =>
    createMembers({
      processes: { groupsByPid: () => Promise.reject(error) },
      readMembership: () => NO_MEMBERSHIP,
      clock: () => 0,
    });
  assert.deepEqual(await failing(new NoDataError('not_supported', 'none'))(['/a'], signal), []);
  await assert.rejects(failing(new Error('broken'))(['/a'], signal), /broken/);
});
