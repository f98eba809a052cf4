// The vocabulary of features: what the rules may ask for, whatever exporter the numbers come from.
import type { Labels } from '../series/labels.ts';

/** Every feature that some rule uses. A preset says by which PromQL a family of exporters provides it. */
export const FEATURE_NAMES = [
  'host_cpu_used_ratio',
  'host_cpu_count',
  'host_cpu_waiting_ratio',
  'host_io_waiting_ratio',
  'host_io_stalled_ratio',
  'host_memory_total_bytes',
  'host_memory_available_bytes',
  'host_disk_busy_ratio',
  'host_disk_queue_length',
  'host_disk_await_seconds',
  'host_disk_bytes_per_second',
  'group_cpu_cores',
  'group_busiest_thread_ratio',
  'group_running_threads',
  'group_runnable_threads',
  'group_disk_wait_threads',
  'group_lock_wait_threads',
  'group_paging_threads',
  'group_read_bytes_per_second',
  'group_written_bytes_per_second',
  'group_anonymous_memory_bytes',
  'group_threads',
  'group_processes',
  'group_start_time_seconds',
] as const;

export type FeatureName = (typeof FEATURE_NAMES)[number];

/**
 * How one preset provides one feature, in PromQL with `$selector` inside the braces of every metric: it stands for
 * the label matchers of a subject, or for nothing.
 */
export interface FeatureSource {
  /** Reads what a recording rule has computed; asked first. */
  readonly record?: string | undefined;
  /** The same from raw series, for a server without our rules. */
  readonly expr: string;
}

export type FeatureSources = Readonly<Partial<Record<FeatureName, FeatureSource>>>;

/** The expression that reads a source for every subject, or for those that the labels select. */
export function promqlOf(
  source: FeatureSource,
  form: 'record' | 'expr',
  labels: Labels = {},
): string {
  const template = form === 'record' ? (source.record ?? source.expr) : source.expr;
  return template.replaceAll('$selector', matchers(labels)).replaceAll('{}', '');
}

/** `a="x",b="y"` with values escaped as PromQL strings. */
export function matchers(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',');
}
