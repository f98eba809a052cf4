// Hints about CPU, locks and memory: hot functions, where the threads' time goes, the largest processes.
import type { Labels } from '../series/labels.ts';
import { digits, formatBytes, formatPercent } from './format.ts';
import { type HintQuestion, listOf } from './hint.ts';

const TOP = 3;
/** Less than this is not worth a sentence. */
const LEAST_RATIO = 0.01;

const processName = ({ pid = '?', comm = '?' }: Labels) => `${comm} (pid ${pid})`;
const groupName = ({ group = '?' }: Labels) => group;

/** Recording costs CPU and is off by default: say how to switch it on, or why it does not work. */
const HOT_SYMBOLS_ABSENT: HintQuestion = {
  about: 'hot_symbols',
  promql: ({ host }) =>
    `guard_perf_unavailable{what="record",${host}} or guard_perf_recordings_total{${host}} or guard_collector_success{collector="process",${host}}`,
  say(points, { name }) {
    const reason = points.find(({ labels }) => labels.reason !== undefined)?.labels.reason;
    if (reason !== undefined)
      return `hot functions of ${name} are not known: perf cannot record on this host (${reason})`;
    const recording = points.some(({ labels }) => labels.collector === undefined);
    return recording
      ? `perf records on this host and has no samples of ${name} yet`
      : `hot functions of ${name} are not recorded: set perf.record.enabled: true in exporter.yml of this host`;
  },
};

export const HOT_SYMBOLS: HintQuestion = {
  about: 'hot_symbols',
  promql: ({ own }) => `topk(${TOP}, guard_perf_hotspot_ratio{${own}})`,
  // Shares within a group: those of several groups of a host are not to be compared.
  say: (points, { name, own, host }) =>
    own === host
      ? undefined
      : `${name} spends its CPU time in ${listOf(
          points,
          ({ symbol = '?', object = '' }) => (object === '' ? symbol : `${symbol} (${object})`),
          formatPercent,
        )}`,
  otherwise: HOT_SYMBOLS_ABSENT,
};

export const SYSTEM_SHARE: HintQuestion = {
  about: 'system_time',
  promql: ({ own }) =>
    `sum by (job, instance) (rate(guard_process_cpu_seconds_total{mode="system",${own}}[1m])) / (sum by (job, instance) (rate(guard_process_cpu_seconds_total{${own}}[1m])) > 0)`,
  say: ([point], { name }) =>
    `${formatPercent(point!.value)} of the CPU time of ${name} is system time${
      point!.value >= 0.5 ? ': the kernel works more for it than its own code does' : ''
    }`,
};

export const LARGEST_CPU_PROCESSES: HintQuestion = {
  about: 'largest_processes',
  promql: ({ own }) => `topk(${TOP}, guard_process_top_cpu_ratio{${own}} > ${LEAST_RATIO})`,
  say: (points, { name }) =>
    `of ${name}, ${listOf(points, processName, (cpus) => `uses ${digits(cpus)} CPUs`)}`,
};

export const LARGEST_GROUPS_BY_CPU: HintQuestion = {
  about: 'largest_groups',
  promql: ({ host }) =>
    `topk(${TOP}, sum without (mode) (rate(guard_process_cpu_seconds_total{${host}}[1m])) > ${LEAST_RATIO})`,
  say: (points) =>
    `most of the CPU time goes to ${listOf(points, groupName, (cpus) => `(${digits(cpus)} CPUs)`)}`,
};

export const LOCK_SHARE: HintQuestion = {
  about: 'futex_waits',
  promql: ({ own }) =>
    `sum without (state) (rate(guard_process_thread_seconds_total{state="lock",${own}}[1m])) / (sum without (state) (rate(guard_process_thread_seconds_total{${own}}[1m])) > 0)`,
  say: ([point], { name }) =>
    `the threads of ${name} spend ${formatPercent(point!.value)} of their time waiting on a futex`,
};

export const LARGEST_MEMORY_PROCESSES: HintQuestion = {
  about: 'largest_processes',
  promql: ({ own }) => `topk(${TOP}, guard_process_top_resident_memory_bytes{${own}})`,
  say: (points, { name }) =>
    `of ${name}, ${listOf(points, processName, (bytes) => `holds ${formatBytes(bytes)}`)}`,
};

export const LARGEST_GROUPS_BY_MEMORY: HintQuestion = {
  about: 'largest_groups',
  promql: ({ host }) => `topk(${TOP}, guard_process_anonymous_memory_bytes{${host}})`,
  say: (points) =>
    `the most anonymous memory of the host is held by ${listOf(points, groupName, (bytes) => `(${formatBytes(bytes)})`)}`,
};

export const SWAPPED_GROUPS: HintQuestion = {
  about: 'swapped_groups',
  promql: ({ host }) => `topk(${TOP}, guard_process_swap_memory_bytes{${host}} > 0)`,
  say: (points) =>
    `swapped out are ${listOf(points, groupName, (bytes) => `(${formatBytes(bytes)})`)}`,
};

export const OOM_KILLS: HintQuestion = {
  about: 'oom_kills',
  promql: ({ host }) => `increase(guard_oom_kills_total{${host}}[15m]) > 0`,
  say: ([point]) =>
    `the kernel has ended ${digits(Math.max(1, Math.round(point!.value)))} processes for lack of memory in the last 15 min`,
};
