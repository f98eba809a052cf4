import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Labels } from '../promformat/family.ts';
import { createHostFiles } from '../sources/host-files.ts';
import { createFilesystemCollector } from './filesystem.ts';
import { FIXTURE_PATHS, fixtureHost, settingsOf } from './fixture-host.contract.ts';

const signal = new AbortController().signal;
const { filesystem: config } = settingsOf("filesystem: {timeout: '100ms'}");
const { files, statfs } = fixtureHost();

async function readFixture() {
  const families = await createFilesystemCollector({ files, config, statfs }).collect(signal);
  const samplesOf = (name: string) =>
    families
      .find((family) => family.name === name)
      ?.samples.map(({ labels, value }) => [labels.mountpoint, value]);
  return { families, samplesOf };
}

test('blocks become bytes, and a filesystem without inodes has no such series', async () => {
  const { samplesOf } = await readFixture();
  assert.deepEqual(samplesOf('guard_filesystem_size_bytes'), [
    ['/', 66_053_021 * 4096],
    ['/home', 4_096_000_000],
    ['/mnt/my backup', 1_024_000_000],
  ]);
  assert.deepEqual(samplesOf('guard_filesystem_available_bytes')?.at(-1), ['/mnt/my backup', 0]);
  assert.deepEqual(samplesOf('guard_filesystem_inodes'), [
    ['/', 16_777_216],
    ['/mnt/my backup', 1000],
  ]);
});

test('a dead mount and a refusing one are unavailable with their reason', async () => {
  const { families } = await readFixture();
  const unavailable = families.find(({ name }) => name === 'guard_filesystem_unavailable');
  assert.deepEqual(
    unavailable?.samples.map(({ labels }): Labels => labels),
    [
      { device: 'server:/export', mountpoint: '/mnt/dead', fstype: 'nfs4', reason: 'timeout' },
      {
        device: 'user@host:/',
        mountpoint: '/mnt/secret',
        fstype: 'fuse.sshfs',
        reason: 'permission_denied',
      },
    ],
  );
});

test('in a container the mounts of pid 1 are asked below the root of the host', async () => {
  const asked: string[] = [];
  const contained = createHostFiles({ ...FIXTURE_PATHS, rootfs: '/host' });
  const collector = createFilesystemCollector({
    files: {
      ...contained,
      proc: (file) =>
        file === '1/mountinfo' ? files.proc('self/mountinfo') : contained.proc(file),
    },
    config,
    statfs: async (path) => {
      asked.push(path);
      return { frsize: 1, blocks: 1, bavail: 1, files: 1, ffree: 1 };
    },
  });
  await collector.collect(signal);
  assert.deepEqual(asked.slice(0, 3), ['/host/', '/host/home', '/host/mnt/my backup']);
});

test('the real host has a root filesystem', async () => {
  const real = createHostFiles({ procfs: '/proc', sysfs: '/sys', rootfs: '/' });
  const families = await createFilesystemCollector({ files: real, config }).collect(signal);
  const size = families.find(({ name }) => name === 'guard_filesystem_size_bytes');
  const root = size?.samples.find(({ labels }) => labels.mountpoint === '/');
  assert.ok((root?.value ?? 0) > 0);
});
