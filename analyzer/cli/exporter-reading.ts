// Two looks at an exporter's /metrics, and how full its host is between them: what `guard check` needs without any server.
import type { Labels } from '../series/labels.ts';

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?\s*$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;
/** Lines of one answer; a host with thousands of process groups has fewer. */
const MAX_LINES = 1_000_000;

export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** How much of a resource is in use, 0–1; undefined = the exporter does not tell. */
export interface Usage {
  readonly resource: string;
  readonly subject: string;
  readonly ratio: number | undefined;
}

/**
 * The samples whose names are wanted; comments, and lines that are none, are passed over.
 * Source: https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4).
 */
export function parseSamples(text: string, wanted: (name: string) => boolean): Sample[] {
  const samples: Sample[] = [];
  let lines = 0;
  for (const line of text.split('\n')) {
    if (++lines > MAX_LINES) break;
    const match = line.startsWith('#') ? null : SAMPLE.exec(line);
    if (match === null || !wanted(match[1]!)) continue;
    const value = Number(match[3]!.replace(/Inf$/, 'Infinity'));
    samples.push({ name: match[1]!, labels: parseLabels(match[2] ?? ''), value });
  }
  return samples;
}

export const NAMES = [
  ...['guard_cpu_seconds_total', 'guard_memory_total_bytes', 'guard_memory_available_bytes'],
  ...['guard_filesystem_size_bytes', 'guard_filesystem_available_bytes'],
  ...['guard_pressure_io_waiting_seconds_total', 'guard_process_fd_limit_used_ratio'],
];

/** @param seconds between the two looks, more than 0. */
export function usageOf(
  before: readonly Sample[],
  after: readonly Sample[],
  seconds: number,
): Usage[] {
  const value = (name: string) => after.find((sample) => sample.name === name)?.value;
  const total = value('guard_memory_total_bytes');
  const available = value('guard_memory_available_bytes');
  return [
    { resource: 'cpu', subject: '', ratio: cpuRatio(before, after) },
    { resource: 'memory', subject: '', ratio: usedRatio(total, available) },
    ...filesystems(after),
    ...fullestGroup(after),
    { resource: 'io', subject: 'tasks waiting (PSI)', ratio: ioRatio(before, after, seconds) },
  ];
}

function parseLabels(text: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (const [, name, value] of text.matchAll(LABEL))
    labels[name!] = value!.replace(/\\(.)/g, (_, character) =>
      character === 'n' ? '\n' : character,
    );
  return labels;
}

function sumOf(samples: readonly Sample[], name: string, modes?: RegExp): number | undefined {
  const own = samples.filter(
    (sample) =>
      sample.name === name && (modes === undefined || modes.test(sample.labels.mode ?? '')),
  );
  return own.length === 0 ? undefined : own.reduce((sum, { value }) => sum + value, 0);
}

/** iowait is idle time in which a request was under way. */
function cpuRatio(before: readonly Sample[], after: readonly Sample[]): number | undefined {
  const name = 'guard_cpu_seconds_total';
  const grown = (modes?: RegExp) =>
    (sumOf(after, name, modes) ?? Number.NaN) - (sumOf(before, name, modes) ?? Number.NaN);
  const ratio = 1 - grown(/^(idle|iowait)$/) / grown();
  return Number.isFinite(ratio) ? Math.max(0, Math.min(1, ratio)) : undefined;
}

function ioRatio(
  before: readonly Sample[],
  after: readonly Sample[],
  seconds: number,
): number | undefined {
  const name = 'guard_pressure_io_waiting_seconds_total';
  const grown = (sumOf(after, name) ?? Number.NaN) - (sumOf(before, name) ?? Number.NaN);
  return Number.isFinite(grown) ? Math.max(0, Math.min(1, grown / seconds)) : undefined;
}

function filesystems(samples: readonly Sample[]): Usage[] {
  const available = new Map(
    samples
      .filter(({ name }) => name === 'guard_filesystem_available_bytes')
      .map(({ labels, value }) => [labels.mountpoint, value]),
  );
  return samples
    .filter(({ name, value }) => name === 'guard_filesystem_size_bytes' && value > 0)
    .map(({ labels, value }) => ({
      resource: 'filesystem',
      subject: labels.mountpoint ?? '',
      ratio: usedRatio(value, available.get(labels.mountpoint)),
    }));
}

/** The process group that is nearest to its limit of open files. */
function fullestGroup(samples: readonly Sample[]): Usage[] {
  const groups = samples.filter(({ name }) => name === 'guard_process_fd_limit_used_ratio');
  const worst = groups.toSorted((a, b) => b.value - a.value)[0];
  if (worst === undefined) return [];
  return [{ resource: 'open-files', subject: worst.labels.group ?? '', ratio: worst.value }];
}

function usedRatio(total: number | undefined, free: number | undefined): number | undefined {
  if (total === undefined || free === undefined || !(total > 0)) return undefined;
  return 1 - free / total;
}
