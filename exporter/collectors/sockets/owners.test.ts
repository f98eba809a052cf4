import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SocketFiles } from '../../sources/socket-files.ts';
import { createOwnerSearch } from './owners.ts';

interface FakeHost {
  readonly files: SocketFiles;
  readonly processes: Map<number, readonly string[] | 'denied'>;
  /** The pids whose files were listed, in order. */
  readonly listed: number[];
  linksRead: number;
}

/** Processes with the links of their open files. */
function fakeHost(processes: Record<number, readonly string[] | 'denied'>): FakeHost {
  const map = new Map(Object.entries(processes).map(([pid, links]) => [Number(pid), links]));
  const host: FakeHost = {
    processes: map,
    listed: [],
    linksRead: 0,
    files: {
      listProcesses: () => [...map.keys()],
      isAlive: (pid) => map.has(pid),
      listFiles(pid) {
        host.listed.push(pid);
        const links = map.get(pid) ?? [];
        return links === 'denied' ? links : links.map((_, index) => String(index));
      },
      readFile(pid, file) {
        host.linksRead += 1;
        return map.get(pid)?.[Number(file)];
      },
    },
  };
  return host;
}

const socket = (inode: number) => `socket:[${inode}]`;

test('each socket is found at the process that has it open', async () => {
  const { files } = fakeHost({ 10: ['/dev/null', socket(1)], 20: [socket(2), 'pipe:[1]'] });
  const search = createOwnerSearch({ files });
  await search.search(new Set([1, 2]), []);
  assert.deepEqual([search.ownerOf(1), search.ownerOf(2), search.ownerOf(3)], [10, 20, undefined]);
});

test('without new sockets nothing is read', async () => {
  const host = fakeHost({ 10: [socket(1)] });
  const search = createOwnerSearch({ files: host.files });
  await search.search(new Set([1]), []);
  const before = [host.listed.length, host.linksRead];
  await search.search(new Set([1]), []);
  assert.deepEqual([host.listed.length, host.linksRead], before);
});

test('a new socket is searched at the likely process first, and nowhere else when it is there', async () => {
  const host = fakeHost({ 10: [socket(1)], 20: [socket(2)], 30: [] });
  const search = createOwnerSearch({ files: host.files });
  await search.search(new Set([1, 2]), []);
  host.processes.set(20, [socket(2), socket(3)]);
  host.listed.length = 0;
  host.linksRead = 0;
  await search.search(new Set([1, 2, 3]), [20]);
  assert.equal(search.ownerOf(3), 20);
  assert.deepEqual(host.listed, [20]);
  assert.equal(host.linksRead, 1, 'the link of a known socket is not read again');
});

test('a socket of a process that had none is found when it outlives a search', async () => {
  const host = fakeHost({ 10: [], 20: [socket(2)] });
  const search = createOwnerSearch({ files: host.files });
  await search.search(new Set([2]), []);
  await search.search(new Set([2, 5]), []);
  assert.equal(search.reasonOf(5), 'not_searched');
  host.processes.set(10, [socket(5)]);
  await search.search(new Set([2, 5]), []);
  assert.equal(search.ownerOf(5), 10);
});

test('a socket that no process has is said to have no owner, and not searched at every look', async () => {
  const host = fakeHost({ 10: [], 20: [] });
  const search = createOwnerSearch({ files: host.files });
  for (let look = 0; look < 3; look += 1) await search.search(new Set([9]), []);
  assert.equal(search.reasonOf(9), 'no_owner');
  const before = host.listed.length;
  for (let look = 0; look < 10; look += 1) await search.search(new Set([9]), []);
  assert.equal(host.listed.length, before);
  host.processes.set(10, [socket(9)]);
  for (let look = 0; look < 20; look += 1) await search.search(new Set([9]), []);
  assert.equal(search.ownerOf(9), 10, 'after a while it is tried again');
});

test('where processes may not be looked at, that is the reason', async () => {
  const search = createOwnerSearch({ files: fakeHost({ 10: 'denied', 20: [] }).files });
  for (let look = 0; look < 3; look += 1) await search.search(new Set([9]), []);
  assert.equal(search.reasonOf(9), 'permission_denied');
  const linksOnly = createOwnerSearch({ files: fakeHost({ 10: ['denied'], 20: [] }).files });
  for (let look = 0; look < 3; look += 1) await linksOnly.search(new Set([9]), []);
  assert.equal(linksOnly.reasonOf(9), 'permission_denied', 'listed, but the links are denied');
});

test('when the process has ended the socket is found at the one that inherited it', async () => {
  const host = fakeHost({ 10: [socket(1)], 20: [socket(1)] });
  const search = createOwnerSearch({ files: host.files });
  await search.search(new Set([1]), []);
  const first = search.ownerOf(1)!;
  host.processes.delete(first);
  for (let look = 0; look < 2; look += 1) await search.search(new Set([1]), []);
  assert.equal(search.ownerOf(1), first === 10 ? 20 : 10);
});

test('a search over budget goes on at the next one', async () => {
  const processes = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [index + 1, [socket(index + 1000)]]),
  );
  const host = fakeHost(processes);
  let now = 0;
  const clock = () => {
    now += 1;
    return now;
  };
  const search = createOwnerSearch({ files: host.files, clock, budgetMs: 8 });
  const inodes = new Set(Array.from({ length: 50 }, (_, index) => index + 1000));
  await search.search(inodes, []);
  assert.ok(host.listed.length > 0 && host.listed.length < 20, `${host.listed.length} at once`);
  for (let look = 0; look < 60; look += 1) await search.search(inodes, []);
  assert.deepEqual(
    [...inodes].filter((inode) => search.ownerOf(inode) === undefined),
    [],
  );
});
