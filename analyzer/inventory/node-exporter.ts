// Hosts that run node_exporter 1.0 or later; newer ones tell more (node_os_info from 1.3 on, node_cpu_info with a flag before 1.5).
import type { InventorySource } from './source.ts';

/** Not what containers and tunnels add, which would count their traffic twice. */
const DEVICES = '{device!~"lo|veth.*|docker.*|br-.*|cni.*|virbr.*|cali.*|flannel.*"}';
const DISKS = '{device!~"(loop|ram|zram|fd|sr|dm-|md)[0-9]*|.*[a-z][0-9]+p?[0-9]*p[0-9]+"}';
const FILES = 'fstype!~"tmpfs|ramfs|overlay|squashfs|iso9660|erofs|nsfs|fuse.*"';

const sum = (metric: string, matchers = '') =>
  `sum by (job, instance) (rate(${metric}${matchers}[$window]))`;
const mean = (metric: string) => `sum by (job, instance) (avg_over_time(${metric}[$window]))`;

export const nodeExporter: InventorySource = {
  name: 'node-exporter',
  presence: 'node_load1',
  usage: {
    cpu_used_ratio: `${sum('node_cpu_seconds_total', '{mode!~"idle|iowait"}')} / (${sum('node_cpu_seconds_total')} > 0)`,
    load1: mean('node_load1'),
    memory_used_ratio: `1 - ${mean('node_memory_MemAvailable_bytes')} / (${mean('node_memory_MemTotal_bytes')} > 0)`,
    memory_used_bytes: `${mean('node_memory_MemTotal_bytes')} - ${mean('node_memory_MemAvailable_bytes')}`,
    swap_used_bytes: `${mean('node_memory_SwapTotal_bytes')} - ${mean('node_memory_SwapFree_bytes')}`,
    disk_busy_ratio:
      'clamp_max(max by (job, instance) (rate(node_disk_io_time_seconds_total[$window])), 1)',
    disk_read_bytes_per_second: sum('node_disk_read_bytes_total', DISKS),
    disk_written_bytes_per_second: sum('node_disk_written_bytes_total', DISKS),
    filesystem_used_ratio:
      `max by (job, instance) (1 - avg_over_time(node_filesystem_avail_bytes{${FILES}}[$window])` +
      ` / (avg_over_time(node_filesystem_size_bytes{${FILES}}[$window]) > 0))`,
    network_received_bytes_per_second: sum('node_network_receive_bytes_total', DEVICES),
    network_transmitted_bytes_per_second: sum('node_network_transmit_bytes_total', DEVICES),
  },
  texts: [
    {
      expr: 'node_uname_info',
      labels: { hostname: 'nodename', kernel: 'release', architecture: 'machine' },
    },
    { expr: 'node_os_info', labels: { os: 'pretty_name' } },
    {
      expr: 'topk by (job, instance) (1, node_cpu_info{model_name!=""})',
      labels: { cpu_model: 'model_name' },
    },
  ],
  numbers: {
    cpus: 'count by (job, instance) (node_cpu_seconds_total{mode="idle"})',
    memory_bytes: 'max by (job, instance) (node_memory_MemTotal_bytes)',
    disk_bytes: `sum by (job, instance) (max by (job, instance, device) (node_filesystem_size_bytes{device=~"/dev/.*",${FILES}}))`,
    network_speed_bytes: `max by (job, instance) (node_network_speed_bytes${DEVICES}) > 0`,
  },
};
