// Which feature a kind of bottleneck is about, and which others of the host are worth comparing it with.
import { ENTITY_LABELS, entityOf, type FeatureName } from '../features/feature.ts';
import type { Labels } from '../series/labels.ts';

export interface MainSignal {
  /** In order of preference; the first that the subject has and that moves is taken. */
  readonly features: readonly FeatureName[];
  /** Growth without end is compared by its increments. */
  readonly grows?: boolean;
}

const MAIN_SIGNALS: Readonly<Record<string, MainSignal>> = {
  cpu_saturation: { features: ['group_cpu_cores'] },
  cpu_throttling: { features: ['group_cgroup_throttled_ratio', 'group_runnable_threads'] },
  cpu_steal: { features: ['host_cpu_steal_ratio'] },
  memory_leak: { features: ['group_anonymous_memory_bytes'], grows: true },
  memory_pressure: { features: ['group_major_faults_per_second', 'host_memory_waiting_ratio'] },
  io_bound: { features: ['group_disk_wait_threads', 'host_io_waiting_ratio'] },
  network_saturation: { features: ['group_network_bytes_per_second'] },
  network_path: {
    features: [
      'target_ping_rtt_seconds',
      'target_ping_loss_ratio',
      'group_tcp_resent_segments_per_second',
    ],
  },
  lock_contention: { features: ['group_lock_wait_threads'] },
  thread_starvation: { features: ['group_tcp_receive_queue_bytes', 'group_runnable_threads'] },
  fd_exhaustion: { features: ['group_open_fds'], grows: true },
  database_contention: { features: ['database_lock_waiting_sessions'] },
  dependency_slow: { features: ['probe_duration_seconds'] },
};

/** What may move with any of them. One query each, for all subjects of the host at once. */
export const COMPARED: readonly FeatureName[] = [
  'host_cpu_used_ratio',
  'host_cpu_steal_ratio',
  'host_io_waiting_ratio',
  'host_memory_available_bytes',
  'host_disk_bytes_per_second',
  'host_network_bytes_per_second',
  'host_network_drops_per_second',
  'group_cpu_cores',
  'group_lock_wait_threads',
  'group_disk_wait_threads',
  'group_voluntary_switches_per_second',
  'group_major_faults_per_second',
  'group_read_bytes_per_second',
  'group_written_bytes_per_second',
  'group_anonymous_memory_bytes',
  'group_threads',
  'group_open_fds',
  'group_network_bytes_per_second',
  'target_ping_rtt_seconds',
  'probe_duration_seconds',
  'database_lock_waiting_sessions',
];

/** Features that measure much the same: that one moves with the other says nothing. */
const FAMILIES: readonly RegExp[] = [
  /cpu_(used|cores|waiting|nice)|_cpu_cores|running_threads|runnable_threads|busiest_thread|throttled/,
  /disk_|io_waiting|io_stalled|read_bytes|written_bytes/,
  /memory_(available|total|waiting|stalled)|anonymous_memory|major_faults|swap_/,
  /network_|tcp_/,
  /lock_wait|voluntary_switches/,
  /steal/,
  /ping_/,
  /probe_/,
  /database_/,
  /threads$|open_fds|fd_used/,
];

export function mainSignal(kind: string): MainSignal | undefined {
  return MAIN_SIGNALS[kind];
}

/** Whether a compared feature only repeats the main one: of the same family and of the same subject, or of its host. */
export function repeats(
  main: { readonly feature: FeatureName; readonly subject: Labels },
  other: { readonly feature: FeatureName; readonly subject: Labels },
): boolean {
  const family = FAMILIES.find((each) => each.test(main.feature));
  const alike = family?.test(other.feature) ?? main.feature === other.feature;
  if (!alike) return false;
  const entity = entityOf(other.feature);
  if (entity === 'host' || entityOf(main.feature) === 'host') return true;
  const label = ENTITY_LABELS[entity];
  return main.subject[label] === other.subject[label];
}
