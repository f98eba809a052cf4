// Network interfaces from /proc/net/dev and /sys/class/net/<device>/speed.
import { counter, gauge, type Sample } from '../promformat/family.ts';
import { type HostFiles, optional } from '../sources/host-files.ts';
import { type Collector, NoDataError } from './collector.ts';
import { boundDevices, createDeviceFilter } from './device-filter.ts';
import { kernelNumber } from './kernel-number.ts';
import type { NetworkConfig } from './network-config.ts';

const BYTES_PER_MEGABIT = 125_000;
/** What TUN devices say whatever carries them. */
const MADE_UP_MEGABITS = 10_000;

/** Columns of /proc/net/dev: bytes packets errs drop fifo frame compressed multicast, then the same for sending. */
const COLUMNS = [
  ['received_bytes', 0, 'Bytes received.'],
  ['received_packets', 1, 'Packets received.'],
  ['received_errors', 2, 'Bad packets received.'],
  ['received_drops', 3, 'Packets dropped on receiving.'],
  ['transmitted_bytes', 8, 'Bytes sent.'],
  ['transmitted_packets', 9, 'Packets sent.'],
  ['transmitted_errors', 10, 'Packets that could not be sent.'],
  ['transmitted_drops', 11, 'Packets dropped on sending.'],
] as const;

export interface NetworkDevice {
  readonly device: string;
  readonly counters: readonly number[];
}

export function createNetworkCollector(files: HostFiles, config: NetworkConfig): Collector {
  const isKept = createDeviceFilter(config.ignored_devices);
  return {
    name: 'network',
    async collect(signal) {
      signal.throwIfAborted();
      const all = parseNetworkDevices(files.proc(`${files.hostProcess}/net/dev`));
      const kept = all.filter(({ device }) => isKept(device));
      if (kept.length === 0)
        throw new NoDataError('no_devices', 'No network device is left to report');
      const devices = boundDevices(kept, 'network.ignored_devices');
      const column = (index: number): Sample[] =>
        devices.map(({ device, counters }) => ({ labels: { device }, value: counters[index]! }));
      return [
        ...COLUMNS.map(([name, index, help]) =>
          counter(`guard_network_${name}_total`, help, column(index)),
        ),
        gauge(
          'guard_network_speed_bytes',
          'Speed of the link in bytes per second; absent where the kernel does not know it.',
          devices.flatMap(({ device }) => speedOf(files, device)),
        ),
      ];
    },
  };
}

/** Parses /proc/net/dev; the name may touch the first number, and may itself have a colon (`eth0:1`). */
export function parseNetworkDevices(text: string): NetworkDevice[] {
  return text
    .split('\n')
    .slice(2)
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const end = line.lastIndexOf(':');
      const device = line.slice(0, end).trim();
      const fields = line
        .slice(end + 1)
        .trim()
        .split(/ +/);
      if (end === -1 || fields.length < 16)
        throw new Error(`Cannot parse /proc/net/dev: "${line}"`);
      return {
        device,
        counters: fields.map((field) => kernelNumber(field, `/proc/net/dev: ${device}`)),
      };
    });
}

/** The kernel says −1 or EINVAL where it knows no speed, and older kernels 4294967295. */
function speedOf(files: HostFiles, device: string): Sample[] {
  const folder = `class/net/${device}`;
  const megabits = Number(optional(() => files.sys(`${folder}/speed`)) ?? -1);
  if (!(megabits > 0 && megabits < 0xff_ff_ff_ff)) return [];
  const isTunnel = () => optional(() => files.sys(`${folder}/tun_flags`)) !== undefined;
  if (megabits === MADE_UP_MEGABITS && isTunnel()) return [];
  return [{ labels: { device }, value: megabits * BYTES_PER_MEGABIT }];
}
