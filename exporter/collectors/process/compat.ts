// The metrics of process-exporter, `namedprocess_namegroup_*`, out of our own: a pure mapping, for dashboards that exist.
//
// What differs from process-exporter 0.7 and 0.8:
// - `states` and `threads_wchan` (thread-states.ts) count every thread once; there the main thread of a process with several
//   counts twice. A group of which some threads are not known is left out.
// - `inotify_watches` and the `thread_*` family are not there: we count seconds per state, of every thread
//   (`guard_process_thread_seconds_total`), and never series per name of a thread.
// - Counters begin with what the processes had used when they were first seen, not with 0, and are per group for good:
//   the difference over time is the same.
// - `context_switches_total` is of all threads, there it is of the main thread.
// - What could not be read is not there; process-exporter says 0.
// - A group without processes leaves; there it stays with `num_procs` 0 for as long as process-exporter runs.
import type { Labels, MetricFamily, Sample } from '../../promformat/family.ts';

interface Part {
  /** The family of ours without `guard_process_`. */
  readonly from: string;
  /** Labels that tell this part from the others of its family. */
  readonly own?: Labels;
  /** A label of ours by the name that it has there; `values` renames some of its values. */
  readonly label?: { readonly from: string; readonly to: string; readonly values?: Labels };
}

interface CompatFamily {
  readonly name: string;
  readonly help: string;
  readonly parts: readonly Part[];
}

const PREFIX = 'namedprocess_namegroup_';
const FAMILIES: readonly CompatFamily[] = [
  { name: 'num_procs', help: 'number of processes in this group', parts: [{ from: 'processes' }] },
  {
    name: 'cpu_seconds_total',
    help: 'Cpu user usage in seconds',
    parts: [{ from: 'cpu_seconds_total', label: { from: 'mode', to: 'mode' } }],
  },
  {
    name: 'read_bytes_total',
    help: 'number of bytes read by this group',
    parts: [{ from: 'read_bytes_total' }],
  },
  {
    name: 'write_bytes_total',
    help: 'number of bytes written by this group',
    parts: [{ from: 'written_bytes_total' }],
  },
  {
    name: 'major_page_faults_total',
    help: 'Major page faults',
    parts: [{ from: 'major_page_faults_total' }],
  },
  {
    name: 'minor_page_faults_total',
    help: 'Minor page faults',
    parts: [{ from: 'minor_page_faults_total' }],
  },
  {
    name: 'context_switches_total',
    help: 'Context switches',
    parts: [
      {
        from: 'context_switches_total',
        label: { from: 'kind', to: 'ctxswitchtype', values: { involuntary: 'nonvoluntary' } },
      },
    ],
  },
  {
    name: 'memory_bytes',
    help: 'number of bytes of memory in use',
    parts: [
      { from: 'resident_memory_bytes', own: { memtype: 'resident' } },
      { from: 'virtual_memory_bytes', own: { memtype: 'virtual' } },
      { from: 'swap_memory_bytes', own: { memtype: 'swapped' } },
      { from: 'proportional_memory_bytes', own: { memtype: 'proportionalResident' } },
    ],
  },
  {
    name: 'open_filedesc',
    help: 'number of open file descriptors for this group',
    parts: [{ from: 'open_fds' }],
  },
  {
    name: 'worst_fd_ratio',
    help: 'the worst (closest to 1) ratio between open fds and max fds among all procs in this group',
    parts: [{ from: 'fd_limit_used_ratio' }],
  },
  {
    name: 'oldest_start_time_seconds',
    help: 'start time in seconds since 1970/01/01 of oldest process in group',
    parts: [{ from: 'oldest_start_time_seconds' }],
  },
  { name: 'num_threads', help: 'Number of threads', parts: [{ from: 'threads' }] },
];

/** The families of process-exporter that ours can be; those of which nothing is there are left out. */
export function compatibleFamilies(families: readonly MetricFamily[]): MetricFamily[] {
  const byName = new Map(families.map((family) => [family.name, family]));
  return FAMILIES.map(({ name, help, parts }): MetricFamily => {
    const samples = parts.flatMap((part) => {
      const family = byName.get(`guard_process_${part.from}`);
      return (family?.samples ?? []).map((sample) => toSample(part, sample));
    });
    const type = name.endsWith('_total') ? 'counter' : 'gauge';
    return { name: `${PREFIX}${name}`, help, type, samples };
  }).filter(({ samples }) => samples.length > 0);
}

function toSample({ own, label }: Part, { labels, value }: Sample): Sample {
  const groupname = labels.group ?? '';
  if (label === undefined) return { labels: { groupname, ...own }, value };
  const text = labels[label.from] ?? '';
  return { labels: { groupname, [label.to]: label.values?.[text] ?? text }, value };
}
