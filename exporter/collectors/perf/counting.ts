// The counters of `perf stat` over the whole host: they go on when the child behind them is replaced.
import { counter, type MetricFamily } from '../../promformat/family.ts';
import { NoDataError } from '../../sources/no-data.ts';
import { type CreatePerfStat, createPerfStat } from '../../sources/perf-stat.ts';
import type { PerfConfig } from './config.ts';
import { parsePerfStatLine } from './stat-output.ts';

const SOFTWARE_EVENTS = ['context-switches', 'cpu-migrations', 'page-faults', 'major-faults'];
const CLOCK_EVENT = 'cpu-clock';
const HARDWARE_EVENTS = ['cycles', 'instructions', 'cache-misses', 'branch-misses'];
/** A hybrid CPU reports an event once per kind of core. */
const MAX_EVENTS = 32;

export interface PerfCounting {
  start(): void;
  stop(): Promise<void>;
  /** No samples before the first report. */
  families(): MetricFamily[];
  /** Why nothing is counted now; undefined while a child reports. */
  problem(): NoDataError | undefined;
  /** Events that were asked for and that this machine does not offer. */
  unsupported(): readonly string[];
}

export function createPerfCounting(
  config: PerfConfig['stat'],
  createStat: CreatePerfStat = createPerfStat,
): PerfCounting {
  const totals = new Map<string, number>();
  const unsupported = new Set<string>();
  let clockSeconds: number | undefined;
  let problem: NoDataError | undefined = new NoDataError(
    'starting',
    'perf stat has not reported yet',
  );
  const add = (text: string): void => {
    const line = parsePerfStatLine(text);
    if (line === undefined) return;
    if (line.kind === 'not_supported') {
      if (unsupported.size < MAX_EVENTS) unsupported.add(line.event);
      if (totals.size === 0)
        problem = new NoDataError('not_supported', `perf has no ${line.event} here`);
      return;
    }
    problem = undefined;
    if (line.event === CLOCK_EVENT) clockSeconds = (clockSeconds ?? 0) + line.value / 1000;
    else if (totals.has(line.event) || totals.size < MAX_EVENTS) {
      totals.set(line.event, (totals.get(line.event) ?? 0) + line.value);
    }
  };
  const hardware = config.hardware ? HARDWARE_EVENTS : [];
  const stat = createStat(
    { events: [...SOFTWARE_EVENTS, CLOCK_EVENT, ...hardware], intervalMs: config.interval * 1000 },
    {
      line: add,
      exited(reason) {
        problem = reason;
      },
    },
  );
  return {
    start: () => stat.start(),
    stop: () => stat.stop(),
    families: () => toFamilies(totals, clockSeconds),
    problem: () => problem,
    unsupported: () => [...unsupported],
  };
}

function toFamilies(totals: ReadonlyMap<string, number>, clockSeconds: number | undefined) {
  return [
    counter(
      'guard_perf_events_total',
      'Events that perf stat counted on all CPUs. It goes on when perf is replaced; what happens between two children is missed.',
      [...totals].map(([event, value]) => ({ labels: { event }, value })),
    ),
    counter(
      'guard_perf_cpu_clock_seconds_total',
      'Seconds for which events were counted, summed over the CPUs, idle or not: divide by it for events per CPU second.',
      clockSeconds,
    ),
  ];
}
