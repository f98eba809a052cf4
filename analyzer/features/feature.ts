// The vocabulary of features: what the rules may ask for, whatever exporter the numbers come from.
import type { Labels } from '../series/labels.ts';

/** The labels that name a host: where its samples were scraped. */
export const HOST_LABELS: readonly string[] = ['job', 'instance'];

/** The label that names a subject below its host; the first word of a feature's name says whose it is. */
export const ENTITY_LABELS = {
  group: 'group',
  target: 'target',
  probe: 'probe',
  database: 'database_server',
} as const;
export type Entity = keyof typeof ENTITY_LABELS;

/** Every feature that some rule uses. A preset says by which PromQL a family of exporters provides it. */
export const FEATURE_NAMES = [
  'host_cpu_used_ratio',
  'host_cpu_nice_ratio',
  'host_cpu_steal_ratio',
  'host_cpu_count',
  'host_cpu_waiting_ratio',
  'host_io_waiting_ratio',
  'host_io_stalled_ratio',
  'host_memory_total_bytes',
  'host_memory_available_bytes',
  'host_memory_waiting_ratio',
  'host_memory_stalled_ratio',
  'host_swap_bytes_per_second',
  'host_oom_kills',
  'host_disk_busy_ratio',
  'host_disk_queue_length',
  'host_disk_await_seconds',
  'host_disk_bytes_per_second',
  'host_network_used_ratio',
  'host_network_bytes_per_second',
  'host_network_drops_per_second',
  'host_tcp_listen_drops_per_second',
  'host_tcp_listen_queue_ratio',
  'host_ping_self_check',
  'host_cgroup_throttled_ratio',
  'host_cgroup_memory_used_ratio',
  'host_cgroup_memory_failures_per_second',
  'host_threads_used_ratio',
  'host_file_handles_used_ratio',
  'group_info',
  'group_info_versions',
  'group_cpu_cores',
  'group_cpu_cores_baseline',
  'group_system_cpu_cores',
  'group_busiest_thread_ratio',
  'group_running_threads',
  'group_runnable_threads',
  'group_disk_wait_threads',
  'group_lock_wait_threads',
  'group_lock_wait_threads_baseline',
  'group_futex_one_at_a_time_ratio',
  'group_paging_threads',
  'group_voluntary_switches_per_second',
  'group_major_faults_per_second',
  'group_read_bytes_per_second',
  'group_written_bytes_per_second',
  'group_anonymous_memory_bytes',
  'group_swap_memory_bytes',
  'group_cgroup_throttled_ratio',
  'group_cgroup_memory_used_ratio',
  'group_cgroup_memory_failures_per_second',
  'group_cgroup_pids_used_ratio',
  'group_threads',
  'group_threads_minimum',
  'group_threads_maximum',
  'group_processes',
  'group_processes_growth_ratio',
  'group_start_time_seconds',
  'group_open_fds',
  'group_fd_used_ratio',
  'group_fd_used_ratio_predicted',
  'group_network_bytes_per_second',
  'group_network_growth_ratio',
  'group_tcp_send_queue_bytes',
  'group_tcp_receive_queue_bytes',
  'group_tcp_resent_segments_per_second',
  'group_tcp_resent_ratio',
  'group_tcp_rtt_seconds',
  'group_tcp_rtt_seconds_baseline',
  'group_tcp_queueing_seconds',
  'group_listen_queue_ratio',
  'target_ping_loss_ratio',
  'target_ping_rtt_seconds',
  'target_ping_rtt_seconds_baseline',

  'probe_failure_ratio',
  'probe_duration_seconds',
  'probe_duration_seconds_baseline',
  'probe_slowest_phase_seconds',
  'database_up',
  'database_connections_used_ratio',
  'database_lock_waiting_sessions',
  'database_lock_longest_wait_seconds',
  'database_blocking_seconds',
  'database_idle_in_transaction_seconds',
  'database_deadlocks_per_second',
] as const;

export type FeatureName = (typeof FEATURE_NAMES)[number];

/** What a group did an hour long, or what it is: read once a minute, since it hardly moves from cycle to cycle. */
export const SLOW_FEATURES: ReadonlySet<FeatureName> = new Set(
  FEATURE_NAMES.filter((name) =>
    /_baseline$|_growth_ratio$|^group_info|_minimum$|_maximum$/.test(name),
  ),
);

/** Whose value a feature is: of the host, or of a subject below it. */
export function entityOf(name: FeatureName): Entity | 'host' {
  return name.slice(0, name.indexOf('_')) as Entity | 'host';
}

/**
 * How one preset provides one feature, in PromQL with `$selector` inside the braces of every metric: it stands for
 * the label matchers of a subject, or for nothing. `$host` stands for those of its host, for a metric that is joined in.
 */
export interface FeatureSource {
  /** Reads what a recording rule has computed; asked first. */
  readonly record?: string | undefined;
  /** The same from raw series, for a server without our rules. */
  readonly expr: string;
  /** Every series is computed from one host and has its `instance`: some hosts can be asked for without the others. */
  readonly perHost?: boolean | undefined;
}

export type FeatureSources = Readonly<Partial<Record<FeatureName, FeatureSource>>>;

/** What stands for `$selector` and `$host`: the same for every feature of one subject. */
export interface Selectors {
  readonly selector: string;
  readonly host: string;
}

export function selectorsOf(labels: Labels): Selectors {
  const host = Object.fromEntries(
    Object.entries(labels).filter(([name]) => HOST_LABELS.includes(name)),
  );
  return { selector: matchers(labels), host: matchers(host) };
}

/** The expression that reads a source for every subject, or for those that the labels select. */
export function promqlOf(
  source: FeatureSource,
  form: 'record' | 'expr',
  labels: Labels = {},
): string {
  return fillSelectors(source, form, selectorsOf(labels));
}

/** The same for a subject whose selectors are known. */
export function fillSelectors(
  source: FeatureSource,
  form: 'record' | 'expr',
  selectors: Selectors,
): string {
  const template = form === 'record' ? (source.record ?? source.expr) : source.expr;
  // In one pass, by a function: a value may itself hold `$host`, `{}` or what stands for a match.
  return template.replace(
    /\{\$(selector|host)\}|\$(selector|host)\b/g,
    (_whole, braced: keyof Selectors | undefined, bare: keyof Selectors | undefined) => {
      if (braced === undefined) return bare === undefined ? '' : selectors[bare];
      const inside = selectors[braced];
      return inside === '' ? '' : `{${inside}}`;
    },
  );
}

/** `a="x",b="y"` with values escaped as PromQL strings. */
export function matchers(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',');
}
