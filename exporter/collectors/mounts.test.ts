import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseMounts, parseMounts } from './mounts.ts';

const line = (device: string, root: string, rest: string) => `30 1 ${device} ${root} ${rest}\n`;
const chosen = (text: string) => chooseMounts(parseMounts(text)).map((mount) => mount.mountpoint);

test('optional fields and escapes are read', () => {
  const [mount] = parseMounts(
    line('8:1', '/a\\040b', '/mnt/c\\134d rw shared:1 master:2 - ext4 /dev/sda\\0401 rw'),
  );
  assert.deepEqual(mount, {
    deviceNumber: '8:1',
    root: '/a b',
    mountpoint: '/mnt/c\\d',
    fstype: 'ext4',
    device: '/dev/sda 1',
  });
});

test('a line that is not mountinfo is refused', () => {
  assert.throws(() => parseMounts('/dev/sda1 / ext4 rw 0 0\n'), /Cannot parse mountinfo/);
});

test('of one filesystem the whole tree wins, then the shortest path', () => {
  const bind = line('8:1', '/srv', '/b rw - ext4 /dev/sda1 rw');
  const whole = line('8:1', '/', '/mnt/long rw - ext4 /dev/sda1 rw');
  assert.deepEqual(chosen(bind + whole), ['/mnt/long']);
  assert.deepEqual(chosen(whole + bind), ['/mnt/long']);
  const subvolume = (path: string) => line('0:40', `/@${path}`, `${path} rw - btrfs /dev/sdb rw`);
  assert.deepEqual(chosen(subvolume('/home/.snapshots') + subvolume('/home')), ['/home']);
});

test('of mounts on one directory the last one is seen', () => {
  const below = line('8:1', '/', '/mnt rw - ext4 /dev/sda1 rw');
  const above = line('8:2', '/', '/mnt rw - xfs /dev/sda2 rw');
  assert.deepEqual(
    chooseMounts(parseMounts(below + above)).map((mount) => mount.device),
    ['/dev/sda2'],
  );
});

test('an overlay counts only as the root', () => {
  const overlay = (path: string) =>
    line(`0:${path.length}`, '/', `${path} rw - overlay overlay rw`);
  assert.deepEqual(chosen(overlay('/') + overlay('/data/merged')), ['/']);
});
