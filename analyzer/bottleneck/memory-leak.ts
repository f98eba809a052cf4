// memory_leak: anonymous memory that keeps growing without levelling off, fast enough to matter to this host.
import type { GroupFeatures } from '../features/table.ts';
import { mannKendall } from '../math/mann-kendall.ts';
import { theilSen } from '../math/theil-sen.ts';
import type { Evidence, Suggestion } from '../series/finding.ts';
import { endOf, type Series } from '../series/series.ts';
import { formatBytes, formatPercent, formatSpan } from './format.ts';
import {
  type BottleneckRule,
  degree,
  evidence,
  groupName,
  isKernelGroup,
  type JudgeContext,
  type Judgement,
} from './rule.ts';

/** A fall to below this share of the value before it is a restart or a release: what came before does not count. */
const DROP_RATIO = 0.5;
/** The last quarter must still rise at least at this share of the whole slope, else it was a warm-up. */
const STILL_RISING_RATIO = 0.5;
/** A host that is full within this time is more than a warning. */
const CRITICAL_SECONDS = 3_600;

export const memoryLeak: BottleneckRule = {
  kind: 'memory_leak',
  alertname: 'GuardMemoryLeak',
  needs: ['group_anonymous_memory_bytes', 'host_memory_total_bytes'],
  judge(group, { thresholds: { memory_leak: limits } }: JudgeContext): Judgement | undefined {
    if (group.memoryHistory === undefined || isKernelGroup(group)) return undefined;
    const startTime = group.value('group_start_time_seconds') ?? 0;
    const run = currentRun(group.memoryHistory, startTime);
    const growth = growthOf(run);
    if (growth.seconds < limits.minimum_seconds) return undefined;
    if (growth.bytes < limits.minimum_growth_bytes) return undefined;
    if (!breaksNewGround(group.memoryHistory, run, startTime)) return undefined;
    const perSecond = theilSen(run.values).slope / run.step;
    if (!stillRising(run, perSecond)) return undefined;
    const { p, z } = mannKendall(run.values);
    if (z <= 0 || p > limits.maximum_p_value) return undefined;
    const total = group.host.value('host_memory_total_bytes')!;
    const growthPerHour = (perSecond * 3600) / total;
    const threshold = limits.growth_ratio_per_hour;
    const score = degree(growthPerHour, threshold, 5 * threshold);
    const available = group.host.value('host_memory_available_bytes');
    const exhausted = available === undefined ? undefined : available / perSecond;
    return {
      score,
      // An hour of steady growth is as sure as this rule can be; three minutes of it could still be a warm-up.
      confidence: Math.min(0.95, 0.5 + (0.45 * growth.seconds) / 3600),
      severity: exhausted !== undefined && exhausted < CRITICAL_SECONDS ? 'critical' : 'warning',
      evidence:
        score < 0.5 ? [] : collectEvidence(group, { run, perSecond, growthPerHour, exhausted }),
      suggestions: score < 0.5 ? [] : SUGGESTIONS,
    };
  },
};

/** The part of the history since the last restart of the group or the last large fall, gaps left out of its ends. */
export function currentRun(history: Series, startTime: number): Series {
  const { values, start, step } = history;
  let first = Math.max(0, Math.ceil((startTime - start) / step));
  let previous = Number.NaN;
  for (let index = first; index < values.length; index += 1) {
    const value = values[index]!;
    if (Number.isNaN(value)) continue;
    if (value < previous * DROP_RATIO) first = index;
    previous = value;
  }
  while (first < values.length && Number.isNaN(values[first])) first += 1;
  return { ...history, start: start + first * step, values: values.subarray(first) };
}

/** A saw-tooth rises again and again to where it has been before: only a level above every earlier peak is growth. */
function breaksNewGround(history: Series, run: Series, startTime: number): boolean {
  const firstIndex = Math.max(0, Math.ceil((startTime - history.start) / history.step));
  const before = history.values.subarray(firstIndex, history.values.length - run.values.length);
  const peak = before.reduce((high, value) => (value > high ? value : high), 0);
  const { values } = run;
  return (values.findLast((value) => !Number.isNaN(value)) ?? 0) > peak;
}

/** From the first to the last finite value. */
function growthOf(run: Series): { seconds: number; bytes: number } {
  const last = run.values.findLast((value) => !Number.isNaN(value));
  const first = run.values[0];
  if (first === undefined || last === undefined) return { seconds: 0, bytes: 0 };
  return { seconds: endOf(run) - run.start, bytes: last - first };
}

function stillRising(run: Series, perSecond: number): boolean {
  const lastQuarter = run.values.subarray(Math.floor(run.values.length * 0.75));
  return theilSen(lastQuarter).slope / run.step >= perSecond * STILL_RISING_RATIO;
}

interface Leak {
  readonly run: Series;
  readonly perSecond: number;
  readonly growthPerHour: number;
  /** Seconds; undefined when the available memory is not known. */
  readonly exhausted: number | undefined;
}

function collectEvidence(
  group: GroupFeatures,
  { run, perSecond, growthPerHour, exhausted }: Leak,
): Evidence[] {
  const { seconds, bytes } = growthOf(run);
  const selector = group.promql('group_anonymous_memory_bytes');
  const lines: Evidence[] = [
    evidence(
      `anonymous memory of ${groupName(group.subject)} grew by ${formatBytes(bytes)} in ${formatSpan(seconds)} and is still rising`,
      group,
      'group_anonymous_memory_bytes',
    ),
    {
      text: `it grows by ${formatBytes(perSecond * 60)} a minute, ${formatPercent(growthPerHour)} of the host's memory an hour`,
      promql: `deriv(${selector}[5m]) * 60`,
    },
  ];
  if (exhausted !== undefined) {
    const text = `at this rate the available memory of the host is used up in ${formatSpan(exhausted)}`;
    lines.push(evidence(text, group, 'host_memory_available_bytes'));
  }
  return lines;
}

const SUGGESTIONS: readonly Suggestion[] = [
  {
    id: 'restart_before_exhaustion',
    text: 'Restart it at a quiet time before the memory is used up: systemctl restart <unit>',
    reason: 'it buys time; the leak is still there',
  },
  {
    id: 'heap_profile',
    text: 'Take two heap profiles some minutes apart and compare them (node --heapsnapshot-signal, jmap -histo:live, py-spy dump, heaptrack)',
    reason: 'what grew between the two is what leaks',
  },
  {
    id: 'cap_memory',
    text: 'Bound it: systemctl set-property <unit> MemoryMax=…',
    reason: 'when it runs out, only this service dies instead of the host swapping',
  },
  {
    id: 'compare_release',
    text: 'Compare with the release before: did the growth begin with a deploy?',
    reason: 'most leaks come with a change, and going back is the quickest cure',
  },
];
