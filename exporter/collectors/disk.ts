// Block devices from /proc/diskstats: the counters that iostat computes await, aqu-sz and %util from.
// Source: https://docs.kernel.org/admin-guide/iostats.html
import { counter, gauge, type Sample } from '../promformat/family.ts';
import { type HostFiles, optional } from '../sources/host-files.ts';
import { type Collector, NoDataError } from './collector.ts';
import { boundDevices, createDeviceFilter } from './device-filter.ts';
import type { DiskConfig } from './disk-config.ts';
import { kernelNumber } from './kernel-number.ts';

/** The unit of /proc/diskstats, whatever the device's own sector size. */
const SECTOR_BYTES = 512;
const MILLISECONDS = 0.001;
const MIN_FIELDS = 11;

/** Field numbers after the name. The times are 32 bits of milliseconds: they wrap after 49.7 days, as a restart would. */
const COUNTERS = [
  ['reads_completed', 0, 1, 'Reads completed.'],
  ['read_bytes', 2, SECTOR_BYTES, 'Bytes read.'],
  ['read_time_seconds', 3, MILLISECONDS, 'Seconds that all reads took, queueing included.'],
  ['writes_completed', 4, 1, 'Writes completed.'],
  ['written_bytes', 6, SECTOR_BYTES, 'Bytes written.'],
  ['write_time_seconds', 7, MILLISECONDS, 'Seconds that all writes took, queueing included.'],
  ['io_time_seconds', 9, MILLISECONDS, 'Seconds in which at least one I/O was in progress.'],
  ['io_time_weighted_seconds', 10, MILLISECONDS, 'Seconds of I/O times the number in progress.'],
] as const;
const IO_NOW = 8;

export interface Disk {
  readonly device: string;
  readonly fields: readonly number[];
}

export function createDiskCollector(files: HostFiles, config: DiskConfig): Collector {
  const isKept = createDeviceFilter(config.ignored_devices);
  return {
    name: 'disk',
    async collect(signal) {
      signal.throwIfAborted();
      const busy = parseDisks(files.proc('diskstats')).filter(
        ({ device, fields }) => isKept(device) && fields[0]! + fields[4]! > 0,
      );
      const kept = busy.filter(({ device }) => !isPartition(files, device));
      if (kept.length === 0)
        throw new NoDataError('no_devices', 'No block device with I/O is left to report');
      const disks = boundDevices(kept, 'disk.ignored_devices');
      const column = (index: number, unit: number): Sample[] =>
        disks.map(({ device, fields }) => ({
          labels: { device },
          value: scale(fields[index]!, unit),
        }));
      return [
        ...COUNTERS.map(([name, index, unit, help]) =>
          counter(`guard_disk_${name}_total`, help, column(index, unit)),
        ),
        gauge('guard_disk_io_now', 'I/Os in progress.', column(IO_NOW, 1)),
      ];
    },
  };
}

/** Parses /proc/diskstats: major, minor, name, then at least eleven numbers. */
export function parseDisks(text: string): Disk[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, , device = '', ...fields] = line.trim().split(/ +/);
      if (fields.length < MIN_FIELDS) throw new Error(`Cannot parse /proc/diskstats: "${line}"`);
      const place = `/proc/diskstats: ${device}`;
      return {
        device,
        fields: fields.slice(0, MIN_FIELDS).map((field) => kernelNumber(field, place)),
      };
    });
}

/** A partition's I/O is counted in its disk as well. A slash in a name (`cciss/c0d0`) is an exclamation mark in sysfs. */
function isPartition(files: HostFiles, device: string): boolean {
  const name = device.replaceAll('/', '!');
  return optional(() => files.sys(`class/block/${name}/partition`)) !== undefined;
}

/** Division keeps 45819 ms at 45.819 s, where a product with 0.001 would not. */
function scale(value: number, unit: number): number {
  return unit < 1 ? value / (1 / unit) : value * unit;
}
