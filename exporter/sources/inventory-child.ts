// Prints the inventory of this machine as JSON and ends; inventory.ts runs it.
import { cpu, osInfo, system } from 'systeminformation';
import type { Inventory } from './inventory.ts';

const [os, processor, machine] = await Promise.all([osInfo(), cpu(), system()]);
const inventory: Inventory = {
  hostname: os.hostname,
  os: `${os.distro} ${os.release}`.trim(),
  kernel: os.kernel,
  architecture: os.arch,
  cpuModel: `${processor.manufacturer} ${processor.brand}`.trim(),
  cpus: processor.cores,
  virtualization: machine.virtual ? machine.virtualHost || 'unknown' : '',
};
process.stdout.write(JSON.stringify(inventory));
