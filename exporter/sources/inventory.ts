// What kind of machine this is, by systeminformation. It spawns tools, so it is read rarely and never within a scrape.
import { cpu, osInfo, system } from 'systeminformation';

export interface Inventory {
  readonly hostname: string;
  readonly os: string;
  readonly kernel: string;
  readonly architecture: string;
  readonly cpuModel: string;
  readonly cpus: number;
  /** The hypervisor or container runtime, empty on bare metal. */
  readonly virtualization: string;
}

export async function readInventory(): Promise<Inventory> {
  const [os, processor, machine] = await Promise.all([osInfo(), cpu(), system()]);
  return {
    hostname: os.hostname,
    os: `${os.distro} ${os.release}`.trim(),
    kernel: os.kernel,
    architecture: os.arch,
    cpuModel: `${processor.manufacturer} ${processor.brand}`.trim(),
    cpus: processor.cores,
    virtualization: machine.virtual ? machine.virtualHost || 'unknown' : '',
  };
}
