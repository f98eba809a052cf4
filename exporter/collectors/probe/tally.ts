// What is remembered of one probe between its runs: the last result, and counters that only grow.
import type { Sample } from '../../promformat/family.ts';
import { createHistogram, type Histogram } from '../../promformat/histogram.ts';
import type { ProbeReason, ProbeResult } from '../../sources/probe-result.ts';
import type { ProbeTarget } from '../../sources/probe-run.ts';

/** Seconds, 500 µs to the longest time-out in steps of about 1, 2, 5: a local socket to a slow page abroad. */
const TOTAL_BUCKETS = [
  0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60,
] as const;

const CONNECTION: readonly ProbeReason[] = ['dns', 'refused', 'unreachable', 'reset', 'timeout'];
/** What each kind can fail of, so that these counters begin at 0 and no first failure is lost to rate(). */
const REASONS: Readonly<Record<ProbeTarget['kind'], readonly ProbeReason[]>> = {
  http: [...CONNECTION, 'tls', 'status', 'redirect', 'body', 'protocol'],
  tcp: [...CONNECTION, 'tls'],
  dns: ['dns', 'not_found', 'no_data', 'refused', 'timeout'],
};

export interface LastRun {
  readonly result: ProbeResult;
  readonly endedAtSeconds: number;
}

export interface ProbeTally {
  readonly total: Histogram;
  runs(): number;
  failures(): ReadonlyMap<ProbeReason, number>;
  last(): LastRun | undefined;
  add(result: ProbeResult, endedAtSeconds: number): void;
}

export function createProbeTally(kind: ProbeTarget['kind']): ProbeTally {
  const total = createHistogram(TOTAL_BUCKETS);
  const failures = new Map<ProbeReason, number>(REASONS[kind].map((reason) => [reason, 0]));
  let runs = 0;
  let last: LastRun | undefined;
  return {
    total,
    runs: () => runs,
    failures: () => failures,
    last: () => last,
    add(result, endedAtSeconds) {
      runs += 1;
      last = { result, endedAtSeconds };
      const reason = result.failure?.reason;
      if (reason !== undefined) failures.set(reason, (failures.get(reason) ?? 0) + 1);
      // A quick refusal would make the quantiles of a dependency that is down look good; a time-out took at least so long.
      if (reason === undefined || reason === 'timeout') {
        total.observe(result.seconds.get('total') ?? 0);
      }
    },
  };
}

/** One sample per reason. */
export function failureSamples(probe: string, tally: ProbeTally): Sample[] {
  return [...tally.failures()].map(([reason, value]) => ({ labels: { probe, reason }, value }));
}
