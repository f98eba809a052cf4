// Asks the server for every feature: the recording rule first, raw series where it answers nothing.
import type { FeatureName, FeatureSource, FeatureSources } from '../features/feature.ts';
import { promqlOf, SLOW_FEATURES } from '../features/feature.ts';
import type { FeatureAnswers } from '../features/table.ts';
import type { Grid, Querier } from '../prometheus/querier.ts';
import type { Unavailable } from '../series/finding.ts';
import type { Point, Series } from '../series/series.ts';
import { createFailureCount, type FailureCount } from './failure-count.ts';

/** Queries under way at once: a Prometheus answers about twenty by default, and it has other clients. */
const MAX_CONCURRENT_QUERIES = 4;
/** After a recording rule answered nothing, the raw expression is asked directly for this long. */
const RECHECK_RECORD_SECONDS = 60;
/** The leak rule looks at one hour of memory at 15 s, read anew every 15 s. */
const HISTORY = { window: 3_600, step: 15, renew: 15 } as const;
/** Histories that are looked at, the largest first: some 240 points of each are read again and again. */
const MAX_HISTORIES = 1_000;
/** And at the floor of every hour of a week, for leaks that take days. */
const TREND = { window: 7 * 86_400, step: 3_600, renew: 900 } as const;
/** What hardly moves is read anew this often. */
export const SLOW_SECONDS = 60;
/** A query that did not answer in time is left alone for this long: it would hold up every cycle. */
const REST_SECONDS = 60;

export interface FeatureReader {
  /** @throws {QueryError} when the server cannot be asked at all. */
  read(now: number): Promise<FeatureReading>;
  /** The same in parts of whole hosts, where one reading of all would be too large: each is to be dropped before the next. */
  parts?(now: number): AsyncIterable<FeatureReading>;
}

export interface FeatureReading extends FeatureAnswers {
  readonly seriesRead: number;
  readonly unavailable: readonly Unavailable[];
}

export interface FeatureReaderOptions {
  readonly querier: Querier;
  /** Asked for histories, which are long to parse; the same without one. */
  readonly historyQuerier?: Querier | undefined;
  readonly sources: FeatureSources;
  readonly memoryHistory: FeatureSource;
  readonly memoryTrend?: FeatureSource | undefined;
  /** Which share of all histories that may be looked at is this reader's: 1 where it reads alone. */
  readonly shareOfHistories?: (() => number) | undefined;
  /** Seconds after which what hardly moves is read anew; a minute unless given. */
  readonly renewSlow?: (() => number) | undefined;
}

/** What was read a while ago and is still good. */
interface Kept<T> {
  readonly readAt: number;
  readonly answer: readonly T[];
}

/** A feature that is not asked for until then (Unix seconds), and why. */
interface Rest {
  readonly until: number;
  readonly absence: Unavailable;
}

export function createFeatureReader(options: FeatureReaderOptions): FeatureReader {
  const { querier, historyQuerier = querier, sources } = options;
  /** Until when (Unix seconds) a source is known to have no recorded series. */
  const rawUntil = new Map<string, number>();
  const kept = new Map<string, Kept<Point | Series>>();
  const rests = createRests();
  /** Histories of which only the largest are asked for, and why. */
  const cuts = new Map<string, Unavailable>();

  /** Record first, raw expression second; remembers which one answered. */
  async function preferRecorded<T>(
    name: string,
    source: FeatureSource,
    { now, ask }: { now: number; ask: (promql: string) => Promise<readonly T[]> },
  ): Promise<readonly T[]> {
    if (source.record !== undefined && (rawUntil.get(name) ?? 0) <= now) {
      rawUntil.delete(name);
      const recorded = await ask(promqlOf(source, 'record', querier.scope?.labels));
      if (recorded.length > 0) return recorded;
    }
    const raw = await ask(promqlOf(source, 'expr', querier.scope?.labels));
    if (raw.length > 0 && source.record !== undefined && !rawUntil.has(name)) {
      rawUntil.set(name, now + RECHECK_RECORD_SECONDS);
    }
    return raw;
  }

  /** The last answer while it is younger than `renew` seconds. An empty one is asked for again: the series may have begun. */
  async function keep<T extends Point | Series>(
    name: string,
    { now, renew }: { now: number; renew: number },
    read: () => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    const before = kept.get(name);
    if (before !== undefined && now - before.readAt < renew) return before.answer as readonly T[];
    const answer = await read();
    kept.set(name, { readAt: answer.length > 0 ? now : now - renew / 2, answer });
    return answer;
  }

  function readSeries(
    name: string,
    source: FeatureSource | undefined,
    { now, window, step, renew }: { now: number; window: number; step: number; renew: number },
  ): Promise<readonly Series[]> {
    if (source === undefined) return Promise.resolve([]);
    return keep(name, { now, renew }, () => {
      const to = Math.floor(now / step) * step;
      const grid = { from: to - window, to, step };
      const share = options.shareOfHistories?.() ?? 1;
      const ask = (promql: string) =>
        readLargest(historyQuerier, cuts, { name, promql, grid, share });
      return preferRecorded(name, source, { now, ask });
    });
  }

  function readPoints(name: FeatureName, now: number): Promise<readonly Point[]> {
    const ask = (promql: string) => querier.instant(promql, now);
    const read = () => preferRecorded(name, sources[name]!, { now, ask });
    return SLOW_FEATURES.has(name)
      ? keep(name, { now, renew: options.renewSlow?.() ?? SLOW_SECONDS }, read)
      : read();
  }

  return {
    async read(now) {
      const points = new Map<FeatureName, readonly Point[]>();
      const unavailable: Unavailable[] = [];
      const names = Object.keys(sources) as FeatureName[];
      const round = { now, unavailable, rests: rests.begin(), failures: createFailureCount() };
      await forEachBounded(names, MAX_CONCURRENT_QUERIES, async (name) => {
        const answer = await tolerateFailure(name, round, () => readPoints(name, now));
        if (answer !== undefined) points.set(name, answer);
      });
      const series = async (name: 'memory_history' | 'memory_trend') => {
        const [source, extent] = memoryOf(options, name);
        const when = { now, ...extent };
        return (await tolerateFailure(name, round, () => readSeries(name, source, when))) ?? [];
      };
      const memory = await series('memory_history');
      const memoryTrend = await series('memory_trend');
      round.failures.finish();
      rests.settle();
      unavailable.push(...cuts.values());
      return {
        points,
        memoryHistory: memory,
        memoryTrend,
        sources,
        unrecorded: new Set(names.filter((name) => rawUntil.has(name))),
        seriesRead: [...points.values()].reduce((sum, list) => sum + list.length, memory.length),
        unavailable,
      };
    },
  };
}

/** The largest series; once there were too many, the others are not even asked for. */
async function readLargest(
  querier: Querier,
  cuts: Map<string, Unavailable>,
  { name, promql, grid, share }: { name: string; promql: string; grid: Grid; share: number },
): Promise<readonly Series[]> {
  const most = Math.ceil(MAX_HISTORIES * share);
  const answer = await querier.range(cuts.has(name) ? largestOf(promql, grid, most) : promql, grid);
  if (answer.length > most) cuts.set(name, cutOf(name, most));
  else if (answer.length < most) cuts.delete(name);
  return largest(answer, most);
}

/** What a range query of the same expression answers for those that are largest at its end. */
function largestOf(promql: string, { to, step }: Grid, most: number): string {
  const now = `last_over_time((${promql})[${step}s:${step}s] @ ${to})`;
  return `(${promql}) and topk(${most}, ${now})`;
}

function largest(answer: readonly Series[], count: number): readonly Series[] {
  if (answer.length <= count) return answer;
  const last = ({ values }: Series) => values.findLast((value) => !Number.isNaN(value)) ?? 0;
  return answer
    .map((series) => ({ series, size: last(series) }))
    .sort((a, b) => b.size - a.size)
    .slice(0, count)
    .map(({ series }) => series);
}

function cutOf(signal: string, most: number): Unavailable {
  const detail = `more than ${most} series, the largest ${most} are looked at`;
  return { what: 'feature', signal, reason: 'subject_cap', detail };
}

function memoryOf(
  { memoryHistory, memoryTrend }: FeatureReaderOptions,
  name: 'memory_history' | 'memory_trend',
) {
  return name === 'memory_history'
    ? ([memoryHistory, HISTORY] as const)
    : ([memoryTrend, TREND] as const);
}

/** Queries that are left alone for a while. Of a server that is away as a whole no single query is too slow. */
interface Rests {
  /** A new round: what the one before left unsettled is forgotten. */
  begin(): Rests;
  tooSlow(signal: string, rest: Rest): void;
  /** The server answers: what was too slow rests from now on. */
  settle(): void;
  /** Undefined when it may be asked. */
  find(signal: string, now: number): Unavailable | undefined;
}

function createRests(): Rests {
  const resting = new Map<string, Rest>();
  const found = new Map<string, Rest>();
  const rests: Rests = {
    begin() {
      found.clear();
      return rests;
    },
    tooSlow: (signal, rest) => void found.set(signal, rest),
    settle() {
      for (const [signal, rest] of found) resting.set(signal, rest);
    },
    find(signal, now) {
      const rest = resting.get(signal);
      if (rest !== undefined && now < rest.until) return rest.absence;
      resting.delete(signal);
      return undefined;
    },
  };
  return rests;
}

interface Round {
  readonly now: number;
  readonly unavailable: Unavailable[];
  readonly rests: Rests;
  readonly failures: FailureCount;
}

/** A query that this server does not answer costs its feature, not the cycle; a server that is away ends it. */
async function tolerateFailure<T>(
  signal: string,
  { now, unavailable, rests, failures }: Round,
  read: () => Promise<T>,
): Promise<T | undefined> {
  const resting = rests.find(signal, now);
  if (resting !== undefined) {
    unavailable.push(resting);
    return undefined;
  }
  try {
    const answer = await read();
    failures.answered();
    return answer;
  } catch (error) {
    const { kind, message } = failures.failed(error);
    const absence = { what: 'feature', signal, reason: `query_${kind}`, detail: message };
    if (kind === 'timeout') rests.tooSlow(signal, { until: now + REST_SECONDS, absence });
    unavailable.push(absence);
    return undefined;
  }
}

/** Runs `work` for every item, at most `limit` at once; the first failure ends it. */
async function forEachBounded<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
}
