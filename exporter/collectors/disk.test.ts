import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDiskCollector, parseDisks } from './disk.ts';
import { fixtureHost, settingsOf } from './fixture-host.contract.ts';

const signal = new AbortController().signal;
const { files } = fixtureHost();

async function valuesOf(name: string, yaml = ''): Promise<Record<string, number>> {
  const families = await createDiskCollector(files, settingsOf(yaml).disk).collect(signal);
  const family = families.find((candidate) => candidate.name === name);
  return Object.fromEntries(
    family?.samples.map(({ labels, value }) => [labels.device, value]) ?? [],
  );
}

test('old and new kernels differ in the number of columns', () => {
  const disks = parseDisks(
    '8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n8 1 sdb 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15\n',
  );
  assert.deepEqual(
    disks.map(({ device, fields }) => [device, fields.length]),
    [
      ['sda', 11],
      ['sdb', 11],
    ],
  );
});

test('a broken line is refused', () => {
  assert.throws(() => parseDisks('8 0 sda 1 2 3\n'), /Cannot parse \/proc\/diskstats/);
  assert.throws(() => parseDisks('8 0 sda 1 2 3 4 5 x 7 8 9 10 11\n'), /sda: expected a number/);
});

test('sectors are 512 bytes and times are exact seconds', async () => {
  assert.equal((await valuesOf('guard_disk_read_bytes_total')).sda, 4_484_010 * 512);
  assert.equal((await valuesOf('guard_disk_written_bytes_total')).sda, 4_172_848 * 512);
  assert.equal((await valuesOf('guard_disk_read_time_seconds_total')).sda, 45.819);
  assert.equal((await valuesOf('guard_disk_io_time_seconds_total')).sda, 8.716);
  assert.equal((await valuesOf('guard_disk_io_now')).sda, 2);
});

test('partitions, loop and RAM devices and unused disks are left out', async () => {
  const name = 'guard_disk_reads_completed_total';
  assert.deepEqual(Object.keys(await valuesOf(name)), ['sda', 'nvme0n1', 'dm-0']);
  const some = await valuesOf(name, 'disk: {ignored_devices: dm-.*}');
  assert.deepEqual(Object.keys(some), ['loop0', 'ram0', 'sda', 'nvme0n1']);
});

test('when nothing is left there is no data', async () => {
  await assert.rejects(valuesOf('', "disk: {ignored_devices: '.*'}"), { reason: 'no_devices' });
});
