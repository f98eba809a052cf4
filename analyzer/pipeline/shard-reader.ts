// Reads the features of a shard's hosts part by part, so that a fleet needs no more memory than some hosts.
import type { Querier } from '../prometheus/querier.ts';
import {
  createFeatureReader,
  type FeatureReader,
  type FeatureReaderOptions,
  type FeatureReading,
  SLOW_SECONDS,
} from './read-features.ts';
import { isOwn, type Shard } from './shard.ts';
import type { ShardHosts } from './shard-hosts.ts';
import { createHostQuerier } from './shard-querier.ts';

/**
 * An hour of every series is the dearest that is asked of the server, and one that has several parts has no time for it
 * every minute.
 */
const FLEET_SLOW_SECONDS = 300;

export interface ShardReaderOptions extends FeatureReaderOptions {
  readonly shard: Shard;
  /** Refreshed by whoever reads. */
  readonly hosts: ShardHosts;
}

export function createShardReader(
  options: ShardReaderOptions,
): FeatureReader & Required<Pick<FeatureReader, 'parts'>> {
  const { shard, hosts, ...readerOptions } = options;
  const readers: FeatureReader[] = [];
  const owns = (labels: Parameters<typeof isOwn>[1]) => isOwn(shard, labels);

  /** Each part has a reader of its own: what it has read a while ago is about the same hosts. */
  function readerOf(part: number): FeatureReader {
    const narrowed = (querier: Querier) =>
      createHostQuerier({ querier, hosts: () => hosts.parts()[part], owns });
    readers[part] ??= createFeatureReader({
      ...readerOptions,
      querier: narrowed(options.querier),
      historyQuerier: narrowed(options.historyQuerier ?? options.querier),
      shareOfHistories: () => 1 / Math.max(1, hosts.parts().length),
      renewSlow: () => (hosts.parts().length > 1 ? FLEET_SLOW_SECONDS : SLOW_SECONDS),
    });
    return readers[part];
  }

  async function* parts(now: number): AsyncGenerator<FeatureReading> {
    await hosts.refresh(now);
    const count = hosts.parts().length;
    readers.length = Math.min(readers.length, count);
    for (let part = 0; part < count; part++) yield await readerOf(part).read(now);
  }

  return {
    parts,
    async read(now) {
      const readings = await Array.fromAsync(parts(now));
      const [only] = readings;
      return readings.length === 1 && only !== undefined ? only : merge(readings, options);
    },
  };
}

/** All in one, for those who look at some moments of a small fleet. */
function merge(
  readings: readonly FeatureReading[],
  { sources }: FeatureReaderOptions,
): FeatureReading {
  const names = new Set(readings.flatMap(({ points }) => [...points.keys()]));
  return {
    points: new Map(
      [...names].map((name) => [name, readings.flatMap(({ points }) => points.get(name) ?? [])]),
    ),
    memoryHistory: readings.flatMap(({ memoryHistory }) => memoryHistory),
    memoryTrend: readings.flatMap(({ memoryTrend = [] }) => memoryTrend),
    sources,
    unrecorded: new Set(readings.flatMap(({ unrecorded }) => [...unrecorded])),
    seriesRead: readings.reduce((sum, { seriesRead }) => sum + seriesRead, 0),
    unavailable: readings.flatMap(({ unavailable }) => unavailable),
  };
}
