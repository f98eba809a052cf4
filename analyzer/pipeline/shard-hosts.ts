// Which hosts there are, and which of them are this shard's: asked of the server now and then, in parts that one query can name.
import type { Querier } from '../prometheus/querier.ts';
import { hostOfInstance, isOwn, type Shard, shardOf } from './shard.ts';

/**
 * What every scraped or pushed host has. A host that has none of these is looked after only where the whole fleet is asked
 * at once: by the only shard of a small fleet.
 */
export const HOSTS_QUERY =
  'group by (instance) (up or guard_host_info or guard_boot_time_seconds or node_uname_info)';
/** A new host is seen after this at the latest. */
const REFRESH_SECONDS = 30;
/**
 * Hosts whose features are held in memory at once, and which one query names. Measured with 100 process groups each: see
 * docs/scale.md.
 */
export const HOSTS_PER_PART = 50;
/** Parts are drawn independently of shards. */
const PART_SALT = 1;

export interface ShardHosts {
  /** Asks the server when it is time to. @throws {QueryError} */
  refresh(now: number): Promise<void>;
  /** The instances to look after, hosts together; undefined = all that there are, none needs naming. */
  own(): readonly string[] | undefined;
  /** The same in parts of about `HOSTS_PER_PART`; a host stays in its part when others come and go. */
  parts(): readonly (readonly string[] | undefined)[];
}

export function createShardHosts(querier: Querier, shard: Shard): ShardHosts {
  let own: readonly string[] | undefined = shard.count === 1 ? undefined : [];
  let parts: readonly (readonly string[] | undefined)[] = own === undefined ? [undefined] : [];
  let known = '';
  let next = Number.NEGATIVE_INFINITY;
  return {
    async refresh(now) {
      if (now < next) return;
      const points = await querier.instant(HOSTS_QUERY, now);
      next = now + REFRESH_SECONDS;
      const instances = points
        .flatMap(({ labels: { instance } }) => instance ?? [])
        .filter((instance) => isOwn(shard, { instance }))
        .sort();
      if (instances.join('\n') === known) return;
      known = instances.join('\n');
      const all = partsOf(instances);
      const isSmall = shard.count === 1 && all.length <= 1;
      own = isSmall ? undefined : instances;
      parts = isSmall ? [undefined] : all;
    },
    own: () => own,
    parts: () => parts,
  };
}

/** Half as many parts again and again while they are needed: between two powers nobody changes the part. */
function partsOf(instances: readonly string[]): string[][] {
  const hosts = new Set(instances.map(hostOfInstance)).size;
  let count = 1;
  while (count * HOSTS_PER_PART < hosts) count *= 2;
  const parts = Array.from({ length: count }, (): string[] => []);
  for (const instance of instances)
    parts[shardOf(hostOfInstance(instance), count, PART_SALT)]!.push(instance);
  return parts.filter((part) => part.length > 0);
}
