// memory_leak: anonymous memory that keeps growing without levelling off, whether within minutes or over days.
import type { SubjectFeatures } from '../features/table.ts';
import type { Evidence } from '../series/finding.ts';
import type { Series } from '../series/series.ts';
import type { Advice } from './advice.ts';
import { formatBytes, formatPercent, formatSpan } from './format.ts';
import { findGrowth, type Growth } from './growth.ts';
import {
  type BottleneckRule,
  belowFinding,
  degree,
  EXPLAINED_SCORE,
  evidence,
  groupName,
  isKernelGroup,
  type JudgeContext,
  type Judgement,
} from './rule.ts';
import type { Thresholds } from './thresholds.ts';

type Limits = Thresholds['memory_leak'];

/** A host that is full within this time is more than a warning. */
const CRITICAL_SECONDS = 3_600;
/** And one that is not full for this long is only worth knowing. */
const DISTANT_SECONDS = 30 * 86_400;
/** What grows slowly has to grow at least by this part of the level at which it began. */
const TREND_RELATIVE_RATIO = 0.05;
/** A leak that takes days is found before it hurts. */
const TREND_MAX_SCORE = 0.75;
/** Fast relative growth counts from this absolute rate on, so that a small process that starts up does not. */
const RELATIVE_FROM_BYTES_PER_HOUR = 200e6;
/** Traffic or processes that grew as much as the memory explain it, with this much tolerance. */
const EXPLAINED_RATIO = 1.1;

/** Times the memory of the processes that were there. */
const NEWCOMER_SIZE = 4;
/** Growth that matters less than this is nobody's leak: it is not looked at closer. */
const LEAST_SCORE = 0.25;

interface Leak extends Growth {
  readonly score: number;
  readonly growthPerHour: number;
  /** Of the series in which it is seen, for the PromQL that shows it. */
  readonly window: '5m' | '6h';
}

export const memoryLeak: BottleneckRule = {
  kind: 'memory_leak',
  alertname: 'GuardMemoryLeak',
  needs: ['group_anonymous_memory_bytes', 'host_memory_total_bytes'],
  judge(group, { thresholds: { memory_leak: limits } }: JudgeContext): Judgement | undefined {
    if (isKernelGroup(group)) return undefined;
    const leak = worse(findFast(group, limits), findSlow(group, limits));
    if (leak === undefined) return undefined;
    if (leak.score < 0.5) return belowFinding(leak.score);
    if (isExplained(group, leak)) return belowFinding(EXPLAINED_SCORE);
    const available = group.value('host_memory_available_bytes');
    const exhausted = available === undefined ? undefined : available / leak.perSecond;
    return {
      score: leak.score,
      // An hour of steady growth is as sure as this rule can be; three minutes of it could still be a warm-up.
      confidence: Math.min(0.95, 0.5 + (0.45 * leak.seconds) / 3600),
      severity: severityOf(exhausted),
      evidence: collectEvidence(group, leak, exhausted),
      suggestions: ADVICE,
    };
  },
};

/** Minutes: fast for the size of the host, or many times what the process began with. */
function findFast(group: SubjectFeatures, limits: Limits): Leak | undefined {
  const { growth_ratio_per_hour: fast, relative_growth_ratio: relative } = limits;
  const scoreOf = (growth: Growth) => {
    const bySelf = Math.min(
      degree(growth.bytes / growth.startBytes, relative, 4 * relative),
      degree(
        growth.perSecond * 3600,
        RELATIVE_FROM_BYTES_PER_HOUR,
        5 * RELATIVE_FROM_BYTES_PER_HOUR,
      ),
    );
    return Math.max(degree(perHour(group, growth), fast, 5 * fast), bySelf);
  };
  const seconds = limits.minimum_seconds;
  return findLeak(group, group.memoryHistory, { limits, seconds, scoreOf, window: '5m' });
}

/** Days: the floor of every hour, which no saw-tooth of a collector and no peak of a day can raise. */
function findSlow(group: SubjectFeatures, limits: Limits): Leak | undefined {
  const { minimum_growth_bytes: least } = limits;
  const scoreOf = (growth: Growth) =>
    Math.min(
      TREND_MAX_SCORE,
      degree(growth.bytes, least, 5 * least),
      degree(growth.bytes / growth.startBytes, TREND_RELATIVE_RATIO, 5 * TREND_RELATIVE_RATIO),
    );
  const seconds = limits.minimum_trend_seconds;
  return findLeak(group, group.memoryTrend, { limits, seconds, scoreOf, window: '6h' });
}

interface Search {
  readonly limits: Limits;
  readonly seconds: number;
  readonly scoreOf: (growth: Growth) => number;
  readonly window: Leak['window'];
}

function findLeak(
  group: SubjectFeatures,
  series: Series | undefined,
  { limits, seconds, scoreOf, window }: Search,
): Leak | undefined {
  if (series === undefined) return undefined;
  const growth = findGrowth(series, group.value('group_start_time_seconds') ?? 0, {
    seconds,
    bytes: limits.minimum_growth_bytes,
    pValue: limits.maximum_p_value,
    matters: (rough) => scoreOf(rough) >= LEAST_SCORE,
  });
  if (growth === undefined) return undefined;
  return { ...growth, score: scoreOf(growth), growthPerHour: perHour(group, growth), window };
}

function perHour(group: SubjectFeatures, { perSecond }: Growth): number {
  return (perSecond * 3600) / group.value('host_memory_total_bytes')!;
}

function worse(a: Leak | undefined, b: Leak | undefined): Leak | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.score > a.score ? b : a;
}

/** More processes, or more traffic, need more memory: growth that keeps step with either is no leak. */
/**
 * More traffic or more processes explain as much growth as there is more of them. Within minutes they explain more: a process
 * that has just come may be several times as large as those that were there.
 */
function isExplained(group: SubjectFeatures, { bytes, startBytes, window }: Leak): boolean {
  const processes = group.value('group_processes_growth_ratio') ?? 1;
  if (window === '5m' && bytes / startBytes <= NEWCOMER_SIZE * (processes - 1)) return true;
  const grown = (startBytes + bytes) / startBytes;
  const load = Math.max(processes, group.value('group_network_growth_ratio') ?? 1);
  return load > EXPLAINED_RATIO && grown <= load * EXPLAINED_RATIO;
}

function severityOf(exhausted: number | undefined) {
  if (exhausted === undefined) return 'warning';
  if (exhausted < CRITICAL_SECONDS) return 'critical';
  return exhausted > DISTANT_SECONDS ? 'info' : 'warning';
}

function collectEvidence(
  group: SubjectFeatures,
  { seconds, bytes, perSecond, growthPerHour, window }: Leak,
  exhausted: number | undefined,
): Evidence[] {
  const selector = group.promql('group_anonymous_memory_bytes');
  const [unit, inUnit] = window === '5m' ? (['minute', 60] as const) : (['day', 86_400] as const);
  const share =
    growthPerHour >= 0.005 ? `, ${formatPercent(growthPerHour)} of the host's memory an hour` : '';
  const lines: Evidence[] = [
    evidence(
      `anonymous memory of ${groupName(group.subject)} grew by ${formatBytes(bytes)} in ${formatSpan(seconds)} and is still rising`,
      group,
      'group_anonymous_memory_bytes',
    ),
    {
      text: `it grows by ${formatBytes(perSecond * inUnit)} a ${unit}${share}`,
      promql: `deriv(${selector}[${window}]) * ${inUnit}`,
    },
  ];
  if (exhausted !== undefined) {
    const text = `at this rate the available memory of the host is used up in ${formatSpan(exhausted)}`;
    lines.push(evidence(text, group, 'host_memory_available_bytes'));
  }
  return lines;
}

const ADVICE: readonly Advice[] = [
  {
    id: 'restart_before_exhaustion',
    text: 'Restart it at a quiet time before the memory is used up: systemctl restart <unit>',
    reason: 'it buys time; the leak is still there',
    effect: 'memory falls to that of a fresh start',
    effort: 'minutes',
    confidence: 0.8,
  },
  {
    id: 'heap_profile',
    text: 'Take two heap profiles some minutes apart and compare them (heaptrack, jemalloc’s or tcmalloc’s profiler, /debug/pprof/heap)',
    reason: 'what grew between the two is what leaks',
    effect: 'you know what to free',
    effort: 'hours',
    confidence: 0.75,
  },
  {
    id: 'cap_memory',
    text: 'Bound it: systemctl set-property <unit> MemoryMax=…',
    reason: 'when it runs out, only this service dies instead of the host swapping',
    effect: 'the other services of the host are safe from it',
    effort: 'minutes',
    confidence: 0.7,
  },
  {
    id: 'compare_release',
    text: 'Compare with the release before: did the growth begin with a deploy?',
    reason: 'most leaks come with a change, and going back is the quickest cure',
    effect: 'memory levels off as it did before',
    effort: 'hours',
    confidence: 0.65,
  },
  {
    id: 'node_heap_snapshot',
    text: 'Take two heap snapshots (node --heapsnapshot-signal=SIGUSR2, kill -USR2 <pid>) and compare them in the memory tab of chrome://inspect',
    reason: 'the comparison lists the objects that were added, with who holds them',
    effect: 'you know the holder: a listener, a cache, a closure',
    effort: 'hours',
    confidence: 0.75,
    runtime: 'node',
  },
  {
    id: 'jvm_histogram',
    text: 'Compare jcmd <pid> GC.class_histogram some minutes apart; outside the heap jcmd <pid> VM.native_memory summary.diff',
    reason: 'the class whose number only grows is what leaks',
    effect: 'you know the class, a heap dump then shows its holder',
    effort: 'hours',
    confidence: 0.75,
    runtime: 'jvm',
  },
  {
    id: 'python_tracemalloc',
    text: 'Compare two tracemalloc snapshots, or run memray attach <pid>; restart workers after a number of requests meanwhile (gunicorn --max-requests)',
    reason: 'the comparison names the lines that allocated what is left',
    effect: 'you know the line; workers stay small meanwhile',
    effort: 'hours',
    confidence: 0.75,
    runtime: 'python',
  },
  {
    id: 'postgres_backend_memory',
    text: 'See select * from pg_backend_memory_contexts in the session, and renew long-lived connections (server_lifetime of pgbouncer)',
    reason: 'a backend keeps its caches of plans and relations until its connection ends',
    effect: 'memory is given back with each renewed connection',
    effort: 'minutes',
    confidence: 0.7,
    runtime: 'postgres',
  },
];
