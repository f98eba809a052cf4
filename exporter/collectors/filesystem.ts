// Space and inodes of mounted filesystems: mountinfo says what is mounted, statfs how full it is. A dead mount never blocks.
import { join } from 'node:path';
import { gauge, type Labels, type MetricFamily, type Sample } from '../promformat/family.ts';
import type { HostFiles } from '../sources/host-files.ts';
import {
  createSpaceReader,
  type FilesystemSpace,
  type SpaceReader,
  type Statfs,
} from '../sources/statfs.ts';
import type { Collector } from './collector.ts';
import { boundDevices, createDeviceFilter } from './device-filter.ts';
import type { FilesystemConfig } from './filesystem-config.ts';
import { chooseMounts, type Mount, parseMounts } from './mounts.ts';

/** Network and user-space filesystems can hang for ever. They are asked one after another, and not while two of them hang. */
const REMOTE =
  /^(nfs\d?|cifs|smb3|smbfs|9p|ceph|glusterfs|lustre|gpfs|beegfs|afs|virtiofs|fuse(\..+)?)$/;
const MAX_HUNG_REMOTE_CALLS = 2;
const MAX_HUNG_LOCAL_CALLS = 1;
const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission_denied',
  EPERM: 'permission_denied',
  ENOENT: 'not_found',
  ESTALE: 'stale_handle',
};

type Reading = { readonly labels: Labels } & (
  | { readonly space: FilesystemSpace }
  | { readonly reason: string }
);

export interface FilesystemOptions {
  readonly files: HostFiles;
  readonly config: FilesystemConfig;
  readonly statfs?: Statfs | undefined;
}

export function createFilesystemCollector({ files, config, statfs }: FilesystemOptions): Collector {
  const timeoutMs = config.timeout * 1000;
  const remote = createSpaceReader({ timeoutMs, maxHungCalls: MAX_HUNG_REMOTE_CALLS, statfs });
  const local = createSpaceReader({ timeoutMs, maxHungCalls: MAX_HUNG_LOCAL_CALLS, statfs });
  const isTypeKept = createDeviceFilter(config.ignored_types);
  const isPointKept = createDeviceFilter(config.ignored_mountpoints);
  const read = (reader: SpaceReader) => (mount: Mount) =>
    readSpace(reader, mount, join(files.paths.rootfs, mount.mountpoint));
  return {
    name: 'filesystem',
    async collect(signal) {
      signal.throwIfAborted();
      const mounts = parseMounts(files.proc(`${files.hostProcess}/mountinfo`)).filter(
        ({ fstype, mountpoint }) => isTypeKept(fstype) && isPointKept(mountpoint),
      );
      const chosen = boundDevices(chooseMounts(mounts), 'filesystem.ignored_mountpoints');
      const readings = await Promise.all(
        chosen.filter(({ fstype }) => !REMOTE.test(fstype)).map(read(local)),
      );
      for (const mount of chosen.filter(({ fstype }) => REMOTE.test(fstype))) {
        signal.throwIfAborted();
        readings.push(await read(remote)(mount));
      }
      return toFamilies(readings);
    },
  };
}

async function readSpace(reader: SpaceReader, mount: Mount, path: string): Promise<Reading> {
  const { device, mountpoint, fstype } = mount;
  const labels = { device, mountpoint, fstype };
  try {
    const space = await reader.read(path);
    return space === 'timeout' ? { labels, reason: 'timeout' } : { labels, space };
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    return { labels, reason: REASONS[code] ?? 'read_failed' };
  }
}

/** A filesystem that tells no blocks or no inodes (btrfs) has no such series, rather than zeros. */
function toFamilies(readings: readonly Reading[]): MetricFamily[] {
  const samples = (value: (space: FilesystemSpace) => number | undefined): Sample[] =>
    readings.flatMap((reading) => {
      const number =
        'space' in reading && reading.space.blocks > 0 ? value(reading.space) : undefined;
      return number === undefined ? [] : [{ labels: reading.labels, value: number }];
    });
  return [
    gauge(
      'guard_filesystem_size_bytes',
      'Size of the filesystem.',
      samples((space) => space.blocks * space.frsize),
    ),
    gauge(
      'guard_filesystem_available_bytes',
      'Space that is available to unprivileged users.',
      samples((space) => space.bavail * space.frsize),
    ),
    gauge(
      'guard_filesystem_inodes',
      'Inodes of the filesystem; absent where it makes them on demand.',
      samples((space) => (space.files > 0 ? space.files : undefined)),
    ),
    gauge(
      'guard_filesystem_inodes_free',
      'Inodes that are not used.',
      samples((space) => (space.files > 0 ? space.ffree : undefined)),
    ),
    gauge(
      'guard_filesystem_unavailable',
      'Filesystems that could not be read, with the reason; the value is always 1.',
      readings.flatMap((reading) =>
        'reason' in reading
          ? [{ labels: { ...reading.labels, reason: reading.reason }, value: 1 }]
          : [],
      ),
    ),
  ];
}
