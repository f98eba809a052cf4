// What the classifier looks at: a row of raw features, and the numbers without unit or size of host that are made of it.
import { FEATURE_NAMES, type FeatureName } from '../features/feature.ts';
import type { SubjectFeatures } from '../features/table.ts';
import type { Series } from '../series/series.ts';

/** Raw features by name, those of the host included; what is not known is not there. */
export type FeatureRow = Readonly<Record<string, number>>;

/** Seconds of memory history that are looked at. */
const MEMORY_SECONDS = 600;
/** A quotient with less than this below is a quotient of nothing. */
const TINY = 1e-3;

/** Everything that is known of a subject at this moment, for a label or for the classifier. */
export function readRow(subject: SubjectFeatures): FeatureRow {
  const row: Record<string, number> = {};
  for (const name of FEATURE_NAMES) {
    const value = subject.value(name);
    if (value !== undefined && Number.isFinite(value)) row[name] = value;
  }
  return { ...row, ...memoryShape(subject.memoryHistory) };
}

/** Growth relative to the beginning, and the share of steps that went up, of the last ten minutes. */
function memoryShape(history: Series | undefined): FeatureRow {
  if (history === undefined) return {};
  const recent = history.values
    .subarray(-Math.ceil(MEMORY_SECONDS / history.step))
    .filter((value) => !Number.isNaN(value));
  const [first, last] = [recent[0], recent.at(-1)];
  if (recent.length < 4 || first === undefined || last === undefined || first <= 0) return {};
  let rises = 0;
  for (let index = 1; index < recent.length; index += 1) {
    if (recent[index]! > recent[index - 1]!) rises += 1;
  }
  return {
    memory_growth_ratio: last / first - 1,
    memory_growth_bytes: last - first,
    memory_rise_ratio: rises / (recent.length - 1),
  };
}

type Input = (row: FeatureRow) => number | undefined;

const plain =
  (name: FeatureName | keyof ReturnType<typeof memoryShape>): Input =>
  (row) =>
    row[name];
/** Rates and sizes span many orders of magnitude. */
const magnitude =
  (name: FeatureName): Input =>
  (row) =>
    row[name] === undefined ? undefined : Math.log1p(Math.max(0, row[name]));
const quotient =
  (above: string, below: FeatureName): Input =>
  (row) =>
    row[above] === undefined || row[below] === undefined || row[below] < TINY
      ? undefined
      : row[above] / row[below];
/** Of what wants to run, how much is something else: threads per working thread. */
const perWorking =
  (name: FeatureName): Input =>
  (row) => {
    const { group_running_threads: running, group_runnable_threads: runnable } = row;
    if (row[name] === undefined || running === undefined) return undefined;
    return row[name] / Math.max(0.1, running + (runnable ?? 0));
  };

const PLAIN: readonly FeatureName[] = FEATURE_NAMES.filter((name) =>
  /_ratio$|_ratio_predicted$|_threads$|_ratio_per|database_lock_waiting_sessions/.test(name),
);
const MAGNITUDES: readonly FeatureName[] = FEATURE_NAMES.filter(
  (name) =>
    /_per_second$|queue_bytes$|_seconds$|queue_length$|group_open_fds/.test(name) &&
    !/start_time|baseline/.test(name),
);

const INPUTS: Readonly<Record<string, Input>> = {
  ...Object.fromEntries(PLAIN.map((name) => [name, plain(name)])),
  ...Object.fromEntries(MAGNITUDES.map((name) => [`log_${name}`, magnitude(name)])),
  cpu_share: quotient('group_cpu_cores', 'host_cpu_count'),
  cpu_growth: quotient('group_cpu_cores', 'group_cpu_cores_baseline'),
  system_share: quotient('group_system_cpu_cores', 'group_cpu_cores'),
  running_per_cpu: quotient('group_running_threads', 'host_cpu_count'),
  runnable_per_cpu: quotient('group_runnable_threads', 'host_cpu_count'),
  runnable_per_running: quotient('group_runnable_threads', 'group_running_threads'),
  switches_per_cpu: quotient('group_voluntary_switches_per_second', 'group_cpu_cores'),
  switches_per_waiting: quotient('group_voluntary_switches_per_second', 'group_lock_wait_threads'),
  lock_per_working: perWorking('group_lock_wait_threads'),
  disk_per_working: perWorking('group_disk_wait_threads'),
  lock_growth: quotient('group_lock_wait_threads', 'group_lock_wait_threads_baseline'),
  memory_share: quotient('group_anonymous_memory_bytes', 'host_memory_total_bytes'),
  memory_available: quotient('host_memory_available_bytes', 'host_memory_total_bytes'),
  memory_growth_share: quotient('memory_growth_bytes', 'host_memory_total_bytes'),
  memory_growth_ratio: plain('memory_growth_ratio'),
  memory_rise_ratio: plain('memory_rise_ratio'),
  threads_growth: quotient('group_threads_maximum', 'group_threads_minimum'),
  rtt_growth: quotient('group_tcp_rtt_seconds', 'group_tcp_rtt_seconds_baseline'),
  ping_growth: quotient('target_ping_rtt_seconds', 'target_ping_rtt_seconds_baseline'),
  probe_growth: quotient('probe_duration_seconds', 'probe_duration_seconds_baseline'),
};

/** Names of the numbers, in the order of the vector; a model is bound to them. */
export const INPUT_NAMES: readonly string[] = Object.keys(INPUTS);

/** One number per input; NaN where it is not known. */
export function toVector(row: FeatureRow): Float64Array {
  return Float64Array.from(Object.values(INPUTS), (input) => input(row) ?? Number.NaN);
}
