// Hosts that run our exporter.
import type { InventorySource } from './source.ts';

const sum = (metric: string, matchers = '') =>
  `sum by (job, instance) (rate(${metric}${matchers}[$window]))`;
const mean = (metric: string) => `sum by (job, instance) (avg_over_time(${metric}[$window]))`;

export const latencyGuard: InventorySource = {
  name: 'latency-guard',
  presence: 'guard_load1',
  usage: {
    // Waiting for a disk leaves the CPU free to others: iowait counts as idle.
    cpu_used_ratio: `${sum('guard_cpu_seconds_total', '{mode!~"idle|iowait"}')} / (${sum('guard_cpu_seconds_total')} > 0)`,
    load1: mean('guard_load1'),
    memory_used_ratio: `1 - ${mean('guard_memory_available_bytes')} / (${mean('guard_memory_total_bytes')} > 0)`,
    memory_used_bytes: `${mean('guard_memory_total_bytes')} - ${mean('guard_memory_available_bytes')}`,
    swap_used_bytes: `${mean('guard_swap_total_bytes')} - ${mean('guard_swap_free_bytes')}`,
    disk_busy_ratio:
      'clamp_max(max by (job, instance) (rate(guard_disk_io_time_seconds_total[$window])), 1)',
    disk_read_bytes_per_second: sum('guard_disk_read_bytes_total'),
    disk_written_bytes_per_second: sum('guard_disk_written_bytes_total'),
    // Read-only images are full by nature.
    filesystem_used_ratio:
      'max by (job, instance) (1 - avg_over_time(guard_filesystem_available_bytes{fstype!~"squashfs|iso9660|erofs|cramfs|udf"}[$window])' +
      ' / (avg_over_time(guard_filesystem_size_bytes[$window]) > 0))',
    network_received_bytes_per_second: sum('guard_network_received_bytes_total'),
    network_transmitted_bytes_per_second: sum('guard_network_transmitted_bytes_total'),
    // The slowest target that answers.
    ping_rtt_seconds:
      'max by (job, instance) (rate(guard_ping_rtt_seconds_sum[$window]) / (rate(guard_ping_rtt_seconds_count[$window]) > 0))',
    ping_loss_ratio:
      'max by (job, instance) (clamp_min(1 - rate(guard_ping_received_total[$window]) / (rate(guard_ping_sent_total[$window]) > 0), 0))',
  },
  texts: [
    {
      expr: 'guard_host_info',
      labels: {
        hostname: 'hostname',
        os: 'os',
        kernel: 'kernel',
        architecture: 'architecture',
        virtualization: 'virtualization',
        cpu_model: 'cpu_model',
      },
    },
  ],
  numbers: {
    cpus: 'count by (job, instance) (guard_cpu_seconds_total{mode="idle"})',
    memory_bytes: 'max by (job, instance) (guard_memory_total_bytes)',
    // A device that is mounted twice is one disk.
    disk_bytes:
      'sum by (job, instance) (max by (job, instance, device) (guard_filesystem_size_bytes{device=~"/dev/.*",fstype!~"squashfs|iso9660|erofs|cramfs|udf"}))',
    network_speed_bytes: 'max by (job, instance) (guard_network_speed_bytes) > 0',
  },
};
