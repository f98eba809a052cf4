// Readings of groups and processes as metric families. What could not be read is left out, never written as 0.
import type { Labels, MetricFamily, Sample } from '../../promformat/family.ts';
import { COUNTER, type ProcessReading, THREAD_STATES } from './counters.ts';
import type { GroupReading } from './groups.ts';
import { createGroupLabels, type GroupLabels, type GroupSeries, sampleOf } from './labels.ts';

type CounterName = keyof typeof COUNTER;

interface CounterFamily {
  readonly name: string;
  readonly help: string;
  /** Counters of the family, each with the label that tells it from the others. */
  readonly parts: readonly { readonly counter: CounterName; readonly labels: Labels }[];
  /** Of most groups there is nothing to tell: a counter that stands at 0 is left out. */
  readonly sparse?: boolean;
}

const COUNTERS: readonly CounterFamily[] = [
  {
    name: 'guard_process_cpu_seconds_total',
    help: 'CPU time that the processes of the group used, in seconds.',
    parts: [
      { counter: 'userSeconds', labels: { mode: 'user' } },
      { counter: 'systemSeconds', labels: { mode: 'system' } },
      { counter: 'undividedSeconds', labels: { mode: 'unknown' } },
    ],
  },
  {
    name: 'guard_process_thread_seconds_total',
    help: 'Where the time of the threads of the group went, in seconds; the sum over the states is elapsed time times threads.',
    parts: THREAD_STATES.map((state) => ({ counter: state, labels: { state } })),
  },
  {
    name: 'guard_process_read_bytes_total',
    help: 'Bytes that the group caused to be read from storage.',
    parts: [{ counter: 'readBytes', labels: {} }],
  },
  {
    name: 'guard_process_written_bytes_total',
    help: 'Bytes that the group caused to be written to storage.',
    parts: [{ counter: 'writtenBytes', labels: {} }],
  },
  {
    name: 'guard_process_major_page_faults_total',
    help: 'Page faults of the group that had to wait for storage.',
    parts: [{ counter: 'majorFaults', labels: {} }],
  },
  {
    name: 'guard_process_minor_page_faults_total',
    help: 'Page faults of the group that needed no storage.',
    parts: [{ counter: 'minorFaults', labels: {} }],
  },
  {
    name: 'guard_process_context_switches_total',
    help: 'Context switches of all threads of the group.',
    parts: [
      { counter: 'voluntarySwitches', labels: { kind: 'voluntary' } },
      { counter: 'involuntarySwitches', labels: { kind: 'involuntary' } },
    ],
  },
  {
    name: 'guard_process_futex_queue_looks_total',
    help: 'Looks at all lively threads of a process at once in which two or more waited on the same futex: one when it was a mutex, or when exactly one of those that wait there now and then was at work, and another than last time, as a lock makes them; other when none or several were, as in a pool. Left out at 0.',
    parts: [
      { counter: 'oneThroughLooks', labels: { working: 'one' } },
      { counter: 'otherLooks', labels: { working: 'other' } },
    ],
    sparse: true,
  },
];

interface GaugeFamily {
  readonly name: string;
  readonly help: string;
  readonly value: (group: GroupReading) => number;
}

const GAUGES: readonly GaugeFamily[] = [
  {
    name: 'guard_process_resident_memory_bytes',
    help: 'Resident memory of the group; memory shared by several processes counts for each.',
    value: ({ residentBytes }) => residentBytes,
  },
  {
    name: 'guard_process_anonymous_memory_bytes',
    help: 'Resident memory of the group that no file backs: heap and stacks.',
    value: ({ anonymousBytes }) => anonymousBytes,
  },
  {
    name: 'guard_process_virtual_memory_bytes',
    help: 'Address space of the group.',
    value: ({ virtualBytes }) => virtualBytes,
  },
  {
    name: 'guard_process_swap_memory_bytes',
    help: 'Memory of the group that is swapped out.',
    value: ({ swapBytes }) => swapBytes,
  },
  {
    name: 'guard_process_proportional_memory_bytes',
    help: 'Resident memory of the group with shared pages divided among those who share them (PSS); read a few processes at a time, up to 15 minutes old.',
    value: ({ proportionalBytes }) => proportionalBytes,
  },
  {
    name: 'guard_process_open_fds',
    help: 'Open file descriptors of the group.',
    value: ({ openFds }) => openFds,
  },
  {
    name: 'guard_process_fd_limit_used_ratio',
    help: 'Open file descriptors as a share of the limit, of the process of the group that is nearest to it.',
    value: ({ fdLimitUsedRatio }) => fdLimitUsedRatio,
  },
  {
    name: 'guard_process_threads',
    help: 'Threads of the group.',
    value: ({ threads }) => threads,
  },
  {
    name: 'guard_process_processes',
    help: 'Processes in the group.',
    value: ({ processes }) => processes,
  },
  {
    name: 'guard_process_oldest_start_time_seconds',
    help: 'Unix time at which the oldest process of the group started.',
    value: ({ oldestStartSeconds }) => oldestStartSeconds,
  },
  {
    name: 'guard_process_busiest_thread_ratio',
    help: 'Largest share of one CPU that a single thread of the group used between the last two readings.',
    value: ({ busiestThreadRatio }) => busiestThreadRatio,
  },
];

/** Every series of a group in the order of its families. */
const GROUP_SERIES: readonly GroupSeries[] = [
  ...COUNTERS.flatMap(({ name, parts }) => parts.map(({ labels }) => ({ name, labels }))),
  ...GAUGES.map(({ name }) => ({ name, labels: {} })),
];

/** To be kept from scrape to scrape. */
export function createFamilyLabels(): GroupLabels {
  return createGroupLabels(GROUP_SERIES);
}

export interface FamiliesInput {
  readonly groups: readonly GroupReading[];
  readonly processes: readonly ProcessReading[];
  readonly topProcesses: number;
  /** Of `createFamilyLabels`; fresh ones when left out. */
  readonly labels?: GroupLabels;
  readonly droppedGroups: number;
  /** Number of processes whose file could not be read, by file. */
  readonly unreadable: Readonly<Record<string, number>>;
}

/** Fresh families of one reading; a family without samples is left out. */
export function processFamilies(input: FamiliesInput): MetricFamily[] {
  const { groups, processes, topProcesses, labels = createFamilyLabels() } = input;
  return [
    ...COUNTERS.map((family) => counterFamily(family, { groups, labels })),
    ...GAUGES.map((family) => gaugeFamily(family, { groups, labels })),
    infoFamily(groups),
    ...topFamilies(processes, topProcesses),
    {
      name: 'guard_process_groups_dropped',
      help: 'Groups that were left out, the smallest first, because there are more than max_groups.',
      type: 'gauge' as const,
      samples: [{ labels: {}, value: input.droppedGroups }],
    },
    {
      name: 'guard_process_unreadable',
      help: 'Processes of which a file could not be read; what needs it is left out of their groups.',
      type: 'gauge' as const,
      samples: Object.entries(input.unreadable).map(([file, value]) => ({
        labels: { file },
        value,
      })),
    },
  ].filter(({ samples }) => samples.length > 0);
}

interface Grouped {
  readonly groups: readonly GroupReading[];
  readonly labels: GroupLabels;
}

function counterFamily(family: CounterFamily, { groups, labels }: Grouped): MetricFamily {
  const { name, help, parts, sparse } = family;
  const first = GROUP_SERIES.findIndex((series) => series.name === name);
  const samples: Sample[] = [];
  for (const { name: group, unreadableCounters, account } of groups) {
    const kept = labels(group);
    parts.forEach(({ counter }, part) => {
      const index = COUNTER[counter];
      if ((unreadableCounters & (1 << index)) !== 0) return;
      const total = account.totals[index]!;
      if (sparse !== true || total > 0) samples.push(sampleOf(kept[first + part]!, total));
    });
  }
  return { name, help, type: 'counter', samples };
}

function gaugeFamily({ name, help, value }: GaugeFamily, { groups, labels }: Grouped) {
  const place = GROUP_SERIES.findIndex((series) => series.name === name);
  const samples: Sample[] = [];
  for (const group of groups) {
    const number = value(group);
    if (!Number.isNaN(number)) samples.push(sampleOf(labels(group.name)[place]!, number));
  }
  return { name, help, type: 'gauge' as const, samples };
}

function infoFamily(groups: readonly GroupReading[]): MetricFamily {
  return {
    name: 'guard_process_info',
    help: 'Program of the oldest process of the group; the value is always 1.',
    type: 'gauge',
    samples: groups.flatMap(({ name, exe }) =>
      exe === undefined ? [] : [{ labels: { group: name, exe }, value: 1 }],
    ),
  };
}

function topFamilies(processes: readonly ProcessReading[], count: number): MetricFamily[] {
  const family = (
    name: string,
    help: string,
    value: (process: ProcessReading) => number,
  ): MetricFamily => ({
    name,
    help,
    type: 'gauge',
    samples: largest(processes, { value, count }).map((process) => ({
      labels: { group: process.group, pid: String(process.pid), comm: process.comm },
      value: value(process),
    })),
  });
  return [
    family(
      'guard_process_top_cpu_ratio',
      'CPUs used between the last two readings by the processes that used most.',
      ({ cpuRatio }) => cpuRatio,
    ),
    family(
      'guard_process_top_resident_memory_bytes',
      'Resident memory of the processes that have most.',
      ({ residentBytes }) => residentBytes,
    ),
  ];
}

/** The `count` processes of the largest values above 0, the largest first. */
function largest(
  processes: readonly ProcessReading[],
  { value, count }: { value: (process: ProcessReading) => number; count: number },
): ProcessReading[] {
  if (count === 0) return [];
  const top: ProcessReading[] = [];
  let smallest = 0;
  for (let index = 0; index < processes.length; index += 1) {
    const process = processes[index]!;
    const size = value(process);
    if (!(size > smallest)) continue;
    const place = top.findIndex((other) => value(other) < size);
    top.splice(place < 0 ? top.length : place, 0, process);
    if (top.length > count) top.pop();
    if (top.length === count) smallest = value(top[count - 1]!);
  }
  return top;
}
