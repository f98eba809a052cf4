// The host where there is no /proc: the families that its libraries can tell, under the same names. docs/portable.md has the gaps.
import { counter, gauge, type Sample } from '../promformat/family.ts';
import { type Collector, NoDataError } from './collector.ts';
import { boundDevices, createDeviceFilter } from './device-filter.ts';
import type { FilesystemConfig } from './filesystem-config.ts';
import { loadFamilies } from './load.ts';
import type { NetworkConfig } from './network-config.ts';
import {
  createPortableHostSource,
  type PortableDevice,
  type PortableFilesystem,
  type PortableHostSource,
} from './portable-host-source.ts';

export function createPortableCpuCollector(
  source: PortableHostSource = createPortableHostSource(),
): Collector {
  return {
    name: 'cpu',
    async collect(signal) {
      signal.throwIfAborted();
      const cpus = source.readCpus();
      if (cpus.length === 0) throw new NoDataError('not_supported', 'The system tells no CPU');
      return [
        counter(
          'guard_cpu_seconds_total',
          'Seconds each CPU spent in each mode. Guest time is part of user.',
          cpus.flatMap((modes, cpu) =>
            Object.entries(modes).map(([mode, value]) => ({
              labels: { cpu: String(cpu), mode },
              value,
            })),
          ),
        ),
      ];
    },
  };
}

export function createPortableLoadCollector(
  source: PortableHostSource = createPortableHostSource(),
): Collector {
  return {
    name: 'load',
    async collect(signal) {
      signal.throwIfAborted();
      const averages = source.readLoad();
      if (averages === undefined) {
        throw new NoDataError('not_supported', 'This system has no load average');
      }
      return loadFamilies(averages);
    },
  };
}

export function createPortableMemoryCollector(
  source: PortableHostSource = createPortableHostSource(),
): Collector {
  return {
    name: 'memory',
    async collect(signal) {
      signal.throwIfAborted();
      const memory = await source.readMemory();
      if (!(memory.totalBytes > 0)) {
        throw new NoDataError('not_supported', 'systeminformation tells no memory');
      }
      return [
        gauge('guard_memory_total_bytes', 'Usable memory.', memory.totalBytes),
        gauge(
          'guard_memory_available_bytes',
          'Memory that new work can have without swapping, as the kernel estimates.',
          memory.availableBytes,
        ),
        gauge('guard_memory_free_bytes', 'Memory that nothing uses.', memory.freeBytes),
        gauge('guard_swap_total_bytes', 'Size of all swap areas.', memory.swapTotalBytes),
        gauge('guard_swap_free_bytes', 'Swap space that is not used.', memory.swapFreeBytes),
      ];
    },
  };
}

export function createPortableNetworkCollector(
  config: NetworkConfig,
  source: PortableHostSource = createPortableHostSource(),
): Collector {
  const isKept = createDeviceFilter(config.ignored_devices);
  return {
    name: 'network',
    async collect(signal) {
      signal.throwIfAborted();
      const kept = (await source.readNetwork()).filter(({ device }) => isKept(device));
      if (kept.length === 0)
        throw new NoDataError('no_devices', 'No network device is left to report');
      const devices = boundDevices(kept, 'network.ignored_devices');
      const column = (value: (device: PortableDevice) => number): Sample[] =>
        devices
          .map((device) => ({ labels: { device: device.device }, value: value(device) }))
          .filter(isMeasured);
      return [
        counter(
          'guard_network_received_bytes_total',
          'Bytes received.',
          column(({ receivedBytes }) => receivedBytes),
        ),
        counter(
          'guard_network_transmitted_bytes_total',
          'Bytes sent.',
          column(({ transmittedBytes }) => transmittedBytes),
        ),
      ];
    },
  };
}

export function createPortableFilesystemCollector(
  config: FilesystemConfig,
  source: PortableHostSource = createPortableHostSource(),
): Collector {
  const isTypeKept = createDeviceFilter(config.ignored_types);
  const isPointKept = createDeviceFilter(config.ignored_mountpoints);
  return {
    name: 'filesystem',
    async collect(signal) {
      signal.throwIfAborted();
      const kept = (await source.readFilesystems()).filter(
        ({ fstype, mountpoint, sizeBytes }) =>
          sizeBytes > 0 && isTypeKept(fstype) && isPointKept(mountpoint),
      );
      if (kept.length === 0) throw new NoDataError('no_devices', 'No filesystem is left to report');
      const filesystems = boundDevices(kept, 'filesystem.ignored_mountpoints');
      const column = (value: (filesystem: PortableFilesystem) => number): Sample[] =>
        filesystems
          .map((filesystem) => {
            const { device, mountpoint, fstype } = filesystem;
            return { labels: { device, mountpoint, fstype }, value: value(filesystem) };
          })
          .filter(isMeasured);
      return [
        gauge(
          'guard_filesystem_size_bytes',
          'Size of the filesystem.',
          column(({ sizeBytes }) => sizeBytes),
        ),
        gauge(
          'guard_filesystem_available_bytes',
          'Space that is available to unprivileged users.',
          column(({ availableBytes }) => availableBytes),
        ),
      ];
    },
  };
}

/** The library has null and NaN for what it could not read. */
function isMeasured({ value }: Sample): boolean {
  return Number.isFinite(value) && value >= 0;
}
