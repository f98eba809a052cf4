// Asks the server for every feature: the recording rule first, raw series where it answers nothing.
import type { FeatureName, FeatureSource, FeatureSources } from '../features/feature.ts';
import { promqlOf } from '../features/feature.ts';
import type { FeatureAnswers } from '../features/table.ts';
import type { Querier } from '../prometheus/querier.ts';
import { QueryError } from '../prometheus/querier.ts';
import type { Unavailable } from '../series/finding.ts';
import type { Point, Series } from '../series/series.ts';

/** Queries under way at once: a Prometheus answers about twenty by default, and it has other clients. */
const MAX_CONCURRENT_QUERIES = 4;
/** After a recording rule answered nothing, the raw expression is asked directly for this long. */
const RECHECK_RECORD_SECONDS = 60;
/** The leak rule looks at one hour of memory at 15 s, read anew every 15 s. */
const MEMORY_WINDOW_SECONDS = 3_600;
const MEMORY_STEP_SECONDS = 15;

export interface FeatureReader {
  /** @throws {QueryError} when the server cannot be asked at all. */
  read(now: number): Promise<FeatureReading>;
}

export interface FeatureReading extends FeatureAnswers {
  readonly seriesRead: number;
  readonly unavailable: readonly Unavailable[];
}

export interface FeatureReaderOptions {
  readonly querier: Querier;
  readonly sources: FeatureSources;
  readonly memoryHistory: FeatureSource;
}

export function createFeatureReader(options: FeatureReaderOptions): FeatureReader {
  const { querier, sources, memoryHistory } = options;
  /** Until when (Unix seconds) a source is known to have no recorded series. */
  const rawUntil = new Map<string, number>();
  let history: { readAt: number; series: readonly Series[] } = { readAt: 0, series: [] };

  /** Record first, raw expression second; remembers which one answered. */
  async function preferRecorded<T>(
    name: string,
    source: FeatureSource,
    { now, ask }: { now: number; ask: (promql: string) => Promise<readonly T[]> },
  ): Promise<readonly T[]> {
    if (source.record !== undefined && (rawUntil.get(name) ?? 0) <= now) {
      rawUntil.delete(name);
      const recorded = await ask(promqlOf(source, 'record'));
      if (recorded.length > 0) return recorded;
    }
    const raw = await ask(promqlOf(source, 'expr'));
    if (raw.length > 0 && source.record !== undefined && !rawUntil.has(name)) {
      rawUntil.set(name, now + RECHECK_RECORD_SECONDS);
    }
    return raw;
  }

  async function readMemoryHistory(now: number): Promise<readonly Series[]> {
    if (now - history.readAt < MEMORY_STEP_SECONDS) return history.series;
    const to = Math.floor(now / MEMORY_STEP_SECONDS) * MEMORY_STEP_SECONDS;
    const grid = { from: to - MEMORY_WINDOW_SECONDS, to, step: MEMORY_STEP_SECONDS };
    const ask = (promql: string) => querier.range(promql, grid);
    const series = await preferRecorded('memory_history', memoryHistory, { now, ask });
    history = { readAt: now, series };
    return series;
  }

  return {
    async read(now) {
      const points = new Map<FeatureName, readonly Point[]>();
      const unavailable: Unavailable[] = [];
      const names = Object.keys(sources) as FeatureName[];
      await forEachBounded(names, MAX_CONCURRENT_QUERIES, async (name) => {
        const ask = (promql: string) => querier.instant(promql, now);
        const answer = await tolerateRejection(name, unavailable, () =>
          preferRecorded(name, sources[name]!, { now, ask }),
        );
        if (answer !== undefined) points.set(name, answer);
      });
      const memory =
        (await tolerateRejection('memory_history', unavailable, () => readMemoryHistory(now))) ??
        [];
      return {
        points,
        memoryHistory: memory,
        sources,
        unrecorded: new Set(names.filter((name) => rawUntil.has(name))),
        seriesRead: [...points.values()].reduce((sum, list) => sum + list.length, memory.length),
        unavailable,
      };
    },
  };
}

/** A query that this server will never answer costs its feature, not the cycle; one that cannot be sent ends it. */
async function tolerateRejection<T>(
  signal: string,
  unavailable: Unavailable[],
  read: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof QueryError) || error.kind !== 'rejected') throw error;
    unavailable.push({ what: 'feature', signal, reason: 'query_rejected', detail: error.message });
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
