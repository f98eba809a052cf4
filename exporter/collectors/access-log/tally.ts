// The counters of one access log. Methods and status classes are a closed list: what clients make up is `other`.
import type { Sample } from '../../promformat/family.ts';
import { createHistogram, type Histogram } from '../../promformat/histogram.ts';
import type { AccessLogEntry } from './entry.ts';
import type { SessionWindow } from './sessions.ts';

/** Seconds: a cached answer to a report that takes a minute. */
export const REQUEST_BUCKETS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
] as const;
/** RFC 9110 and PATCH. */
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];
const OTHER = 'other';
export type SkipReason = 'malformed' | 'too_long' | 'incomplete';

export interface AccessLogTally {
  add(entry: AccessLogEntry, nowSeconds: number): void;
  skip(reason: SkipReason): void;
  lose(bytes: number): void;
  requests(log: string): Sample[];
  skipped(log: string): Sample[];
  responseBytes(): number;
  lostBytes(): number;
  readonly seconds: Histogram;
  /** Undefined when sessions are not counted. */
  readonly sessions: SessionWindow | undefined;
}

export function createAccessLogTally(sessions: SessionWindow | undefined): AccessLogTally {
  const requests = new Map<string, Map<string, number>>();
  const skips: Record<SkipReason, number> = { malformed: 0, too_long: 0, incomplete: 0 };
  const seconds = createHistogram(REQUEST_BUCKETS);
  let responseBytes = 0;
  let lostBytes = 0;
  return {
    add(entry, nowSeconds) {
      const statusClass = statusClassOf(entry.status);
      const method = methodLabel(entry.method);
      const ofClass = requests.get(statusClass) ?? new Map<string, number>();
      requests.set(statusClass, ofClass.set(method, (ofClass.get(method) ?? 0) + 1));
      responseBytes += entry.responseBytes ?? 0;
      if (entry.seconds !== undefined) seconds.observe(entry.seconds);
      if (entry.session !== undefined) sessions?.see(entry.session, nowSeconds);
    },
    skip(reason) {
      skips[reason] += 1;
    },
    lose(bytes) {
      lostBytes += bytes;
    },
    requests: (log) =>
      [...requests].flatMap(([status_class, methods]) =>
        [...methods].map(([method, value]) => ({ labels: { log, status_class, method }, value })),
      ),
    skipped: (log) =>
      Object.entries(skips).map(([reason, value]) => ({ labels: { log, reason }, value })),
    responseBytes: () => responseBytes,
    lostBytes: () => lostBytes,
    seconds,
    sessions,
  };
}

function statusClassOf(status: number): string {
  const first = Math.floor(status / 100);
  return first >= 1 && first <= 5 ? `${first}xx` : OTHER;
}

function methodLabel(method: string | undefined): string {
  const upper = method?.toUpperCase() ?? OTHER;
  return METHODS.includes(upper) ? upper : OTHER;
}
