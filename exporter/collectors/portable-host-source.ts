// A host without /proc, from node:os and systeminformation; the latter is loaded when it is first used, because it costs memory.
import { cpus, loadavg } from 'node:os';

export interface PortableMemory {
  readonly totalBytes: number;
  readonly availableBytes: number;
  readonly freeBytes: number;
  readonly swapTotalBytes: number;
  readonly swapFreeBytes: number;
}

export interface PortableDevice {
  readonly device: string;
  readonly receivedBytes: number;
  readonly transmittedBytes: number;
}

export interface PortableFilesystem {
  readonly device: string;
  readonly mountpoint: string;
  readonly fstype: string;
  readonly sizeBytes: number;
  readonly availableBytes: number;
}

export interface PortableHostSource {
  /** Seconds by mode of each CPU, only the modes that this system tells apart. */
  readCpus(): readonly Readonly<Record<string, number>>[];
  /** Undefined where there is none (Windows). */
  readLoad(): readonly [number, number, number] | undefined;
  readMemory(): Promise<PortableMemory>;
  readNetwork(): Promise<readonly PortableDevice[]>;
  readFilesystems(): Promise<readonly PortableFilesystem[]>;
}

export function createPortableHostSource(platform = process.platform): PortableHostSource {
  return {
    readCpus: () => cpus().map(({ times }) => toSeconds(times, platform)),
    readLoad: () => (platform === 'win32' ? undefined : (loadavg() as [number, number, number])),
    async readMemory() {
      const { mem } = await import('systeminformation');
      const memory = await mem();
      return {
        totalBytes: memory.total,
        availableBytes: memory.available,
        freeBytes: memory.free,
        swapTotalBytes: memory.swaptotal,
        swapFreeBytes: memory.swapfree,
      };
    },
    async readNetwork() {
      const { networkStats } = await import('systeminformation');
      return (await networkStats('*')).map(({ iface, rx_bytes, tx_bytes }) => ({
        device: iface,
        receivedBytes: rx_bytes,
        transmittedBytes: tx_bytes,
      }));
    },
    async readFilesystems() {
      const { fsSize } = await import('systeminformation');
      return (await fsSize()).map(({ fs, type, mount, size, available }) => ({
        device: fs,
        mountpoint: mount,
        fstype: type,
        sizeBytes: size,
        availableBytes: available,
      }));
    },
  };
}

type Times = ReturnType<typeof cpus>[number]['times'];

/** libuv answers 0 for what a system does not tell: nice on Windows, interrupts on macOS. That is left out. */
function toSeconds(times: Times, platform: string): Record<string, number> {
  return {
    user: times.user / 1000,
    ...(platform !== 'win32' && { nice: times.nice / 1000 }),
    system: times.sys / 1000,
    idle: times.idle / 1000,
    ...(platform !== 'darwin' && { irq: times.irq / 1000 }),
  };
}
