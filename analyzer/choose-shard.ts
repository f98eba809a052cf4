// The part of the fleet that this analyzer looks after, and queriers that ask for it alone.
import { type AnomaliesConfig, anomalySettings } from './anomaly-config.ts';
import type { Config } from './config.ts';
import { hostOfInstance, isOwn } from './pipeline/shard.ts';
import { createShardHosts } from './pipeline/shard-hosts.ts';
import { createHostQuerier } from './pipeline/shard-querier.ts';
import type { AnomalyWatcher } from './pipeline/watch-anomalies.ts';
import type { Querier } from './prometheus/querier.ts';
import type { Unavailable } from './series/finding.ts';
import type { Labels } from './series/labels.ts';

/** A host has some ten host-wide series at least, so that more hosts could not be watched anyway. */
const SERIES_PER_HOST = 10;

/** @param history asked by those who read long answers */
export function chooseShard(
  { shard, anomalies }: Pick<Config, 'shard' | 'anomalies'>,
  { querier, history }: { querier: Querier; history: Querier },
) {
  const hosts = createShardHosts(querier, shard);
  const owns = (labels: Labels) => isOwn(shard, labels);
  const watched = createWatchedHosts(hosts.own, maxHostsOf(anomalies));
  return {
    hosts,
    /** For forecasts: all hosts. */
    all: createHostQuerier({ querier: history, hosts: hosts.own, owns }),
    /** For anomalies: as many hosts as can be watched. */
    watched: createHostQuerier({ querier: history, hosts: watched.instances, owns }),
    /** The watcher, which also says how many hosts are left out. */
    telling: (watcher: AnomalyWatcher): AnomalyWatcher => ({
      ...watcher,
      report() {
        const report = watcher.report();
        return { ...report, unavailable: [...report.unavailable, ...watched.unavailable()] };
      },
    }),
  };
}

function maxHostsOf(anomalies: AnomaliesConfig): number {
  const settings = anomalySettings(anomalies);
  if (settings === undefined) return 0;
  return Math.max(settings.maxHosts, Math.ceil(settings.maxSeries / SERIES_PER_HOST));
}

/** Whoever was watched stays so while it is there: a newcomer takes nobody's place. */
function createWatchedHosts(own: () => readonly string[] | undefined, maxHosts: number) {
  let all: readonly string[] | undefined;
  let chosen: ReadonlySet<string> = new Set();
  let leftOut = 0;
  function choose(instances: readonly string[]): void {
    const hosts = new Set(instances.map(hostOfInstance));
    const kept = [...chosen].filter((host) => hosts.has(host));
    chosen = new Set([...new Set([...kept, ...hosts])].slice(0, maxHosts));
    leftOut = hosts.size - chosen.size;
  }
  return {
    instances() {
      const now = own();
      if (now !== all && now !== undefined) choose(now);
      all = now;
      return now?.filter((instance) => chosen.has(hostOfInstance(instance)));
    },
    unavailable(): Unavailable[] {
      if (all === undefined || leftOut === 0 || maxHosts === 0) return [];
      const detail = `${leftOut} hosts are not watched for anomalies, ${maxHosts} are: raise anomalies.max_series and max_hosts`;
      return [{ what: 'anomaly', signal: '', reason: 'host_cap', detail }];
    },
  };
}
