// Which groups are shown when there are more than the configuration allows: the largest by memory and CPU, without flapping.

/** A shown group gives way only to one that is larger by this factor. */
const DISPLACE_FACTOR = 2;
/** Weight of the newest reading in the size of a group, so that one burst of CPU displaces nobody. */
const NEWEST_WEIGHT = 0.2;

export interface GroupSize {
  readonly name: string;
  readonly residentBytes: number;
  readonly cpuSeconds: number;
}

export interface Selection {
  /** The names to show, at most `maxGroups`. */
  choose(groups: readonly GroupSize[]): ReadonlySet<string>;
}

/** Keeps who is shown between calls; a group that has gone gives its place up. */
export function createSelection(maxGroups: number): Selection {
  let shown: ReadonlySet<string> = new Set();
  let sizes: ReadonlyMap<string, number> = new Map();
  return {
    choose(groups) {
      sizes = smoothSizes(groups, sizes);
      shown =
        groups.length <= maxGroups ? new Set(sizes.keys()) : displace({ shown, sizes, maxGroups });
      return shown;
    },
  };
}

/** Size: share of all memory plus share of all CPU time used. Unreadable memory counts as none. */
function smoothSizes(groups: readonly GroupSize[], before: ReadonlyMap<string, number>) {
  const memory = sum(groups.map(({ residentBytes }) => residentBytes || 0)) || 1;
  const cpu = sum(groups.map(({ cpuSeconds }) => cpuSeconds || 0)) || 1;
  return new Map(
    groups.map(({ name, residentBytes, cpuSeconds }) => {
      const size = (residentBytes || 0) / memory + (cpuSeconds || 0) / cpu;
      const old = before.get(name) ?? size;
      return [name, old + NEWEST_WEIGHT * (size - old)] as const;
    }),
  );
}

interface Contest {
  readonly shown: ReadonlySet<string>;
  readonly sizes: ReadonlyMap<string, number>;
  readonly maxGroups: number;
}

/** Free places go to the largest outsiders; then the largest outsider may take the place of the smallest shown, and so on. */
function displace({ shown, sizes, maxGroups }: Contest): ReadonlySet<string> {
  const bySize = [...sizes.keys()].sort((a, b) => sizes.get(b)! - sizes.get(a)!);
  const kept = bySize.filter((name) => shown.has(name)).slice(0, maxGroups);
  const outside = bySize.filter((name) => !shown.has(name));
  kept.push(...outside.splice(0, maxGroups - kept.length));
  kept.sort((a, b) => sizes.get(b)! - sizes.get(a)!);
  for (const name of outside) {
    const smallest = kept.at(-1)!;
    if (sizes.get(name)! <= DISPLACE_FACTOR * sizes.get(smallest)!) break;
    kept.pop();
    kept.unshift(name);
  }
  return new Set(kept);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
