// One look at everything that is watched: the newest sample of every series, and what is said of those that are left out.
import { setImmediate } from 'node:timers/promises';
import { QueryError } from '../prometheus/querier.ts';
import type { Unavailable } from '../series/finding.ts';
import type { Point } from '../series/series.ts';
import { GROUP_SIGNAL, HOST_SIGNAL, type Watched } from './anomaly-events.ts';
import { type Cut, keyOf, type WatchedSeries } from './series-watch.ts';
import type { WatchReader } from './watch-reader.ts';
import type { AnomalySettings, WatchedSource } from './watched-source.ts';

const SERIES_PER_TURN = 200;

/** A query that the server will never answer costs its series; one that cannot be sent ends the look. */
export async function readNewest(
  reader: WatchReader,
  sources: readonly WatchedSource[],
  at: number,
) {
  const answers = new Map<WatchedSource, Point[]>();
  const rejected: Unavailable[] = [];
  for (const source of sources) {
    try {
      answers.set(source, await reader.newest(source, at));
    } catch (error) {
      if (!(error instanceof QueryError) || error.kind !== 'rejected') throw error;
      const { signal } = source;
      rejected.push({ what: 'anomaly', signal, reason: 'query_rejected', detail: error.message });
    }
  }
  return { answers, rejected };
}

/** Every watched series of a source that answered; the event loop has its turn between some hundreds. */
export async function feedAll(
  answers: ReadonlyMap<WatchedSource, readonly Point[]>,
  series: Watched['series'],
  feed: (one: WatchedSeries, value: number) => void,
): Promise<void> {
  const values = new Map<string, number>();
  for (const [{ signal }, points] of answers)
    for (const { labels, value } of points) values.set(keyOf(signal, labels), value);
  const answered = new Set([...answers.keys()].map(({ signal }) => signal));
  let fed = 0;
  for (const one of series.values()) {
    if (!answered.has(one.signal)) continue;
    feed(one, values.get(one.key) ?? Number.NaN);
    fed += 1;
    if (fed % SERIES_PER_TURN === 0) await setImmediate();
  }
}

function describeCuts(cuts: readonly Cut[], { maxSeries }: AnomalySettings): Unavailable[] {
  return cuts.map(({ signal, series, watched }) => ({
    ...{ what: 'anomaly', signal, reason: 'series_cap' },
    detail: `${series} series, ${watched} are watched: raise anomalies.max_series (${maxSeries})`,
  }));
}

function describeHosts(cut: number, { maxHosts }: AnomalySettings): Unavailable[] {
  if (cut <= 0) return [];
  const detail = `${cut} hosts more than anomalies.max_hosts (${maxHosts}) are judged series by series only`;
  return [{ what: 'anomaly', signal: HOST_SIGNAL, reason: 'host_cap', detail }];
}

function describeGroups(cut: number, { maxGroups }: AnomalySettings): Unavailable[] {
  if (cut <= 0) return [];
  const detail = `${cut} process groups more than anomalies.max_groups (${maxGroups}) are judged series by series only`;
  return [{ what: 'anomaly', signal: GROUP_SIGNAL, reason: 'group_cap', detail }];
}

function waiting(behind: number): Unavailable[] {
  if (behind === 0) return [];
  const detail = `the past of ${behind} series is being learnt; they have no score before`;
  return [{ what: 'anomaly', signal: '', reason: 'learning_past', detail }];
}

export interface LeftOut {
  readonly cuts: readonly Cut[];
  readonly hosts: number;
  readonly groups: number;
  /** Series whose past is not learnt yet. */
  readonly behind: number;
}

/** What is not watched, not judged together, or not judged yet. */
export function describeLeftOut(
  { cuts, hosts, groups, behind }: LeftOut,
  settings: AnomalySettings,
): Unavailable[] {
  return [
    ...describeCuts(cuts, settings),
    ...describeHosts(hosts, settings),
    ...describeGroups(groups, settings),
    ...waiting(behind),
  ];
}
