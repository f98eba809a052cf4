// Which exporters' series does the server have? Looked at again and again, since a new exporter may join.
import { type Querier, QueryError } from '../prometheus/querier.ts';

/** What is there is looked for again after this. */
const RECHECK_SECONDS = 300;
/** Sooner, while nothing was found yet. */
const FIRST_RECHECK_SECONDS = 30;
/** A preset is taken away when its exporters were missing this often in a row: a restart or a scrape that failed is no end. */
const MAX_MISSES = 3;

export interface PresetDetectorOptions<Name extends string, Chosen> {
  readonly querier: Querier;
  /** In use whatever the server has. */
  readonly always: readonly Name[];
  /** The metric by which each other preset is recognised. */
  readonly detectedBy: Readonly<Partial<Record<Name, string>>>;
  /** Called once for each set of presets. */
  readonly combine: (names: readonly Name[]) => Chosen;
}

export interface PresetDetector<Chosen> {
  /** Asks the server when it is time to. @throws {QueryError} when the server cannot be asked. */
  check(now: number): Promise<void>;
  current(): Chosen;
}

export function createPresetDetector<Name extends string, Chosen>(
  options: PresetDetectorOptions<Name, Chosen>,
): PresetDetector<Chosen> {
  const { querier, always, detectedBy, combine } = options;
  let names: readonly Name[] = always;
  let chosen = combine(always);
  let next = Number.NEGATIVE_INFINITY;
  const misses = new Map<Name, number>();

  async function isThere(name: Name, metric: string, now: number): Promise<boolean> {
    const isFound = await exists(querier, metric, now);
    const missed = isFound ? 0 : (misses.get(name) ?? 0) + 1;
    misses.set(name, missed);
    return isFound || (names.includes(name) && missed < MAX_MISSES);
  }

  return {
    async check(now) {
      if (now < next) return;
      const found: Name[] = [...always];
      for (const [name, metric] of Object.entries(detectedBy) as [Name, string][])
        if (!found.includes(name) && (await isThere(name, metric, now))) found.push(name);
      next = now + (found.length > always.length ? RECHECK_SECONDS : FIRST_RECHECK_SECONDS);
      if (found.join() === names.join()) return;
      names = found;
      chosen = combine(found);
    },
    current: () => chosen,
  };
}

async function exists(querier: Querier, metric: string, now: number): Promise<boolean> {
  try {
    return (await querier.instant(`count(${metric})`, now)).length > 0;
  } catch (error) {
    if (error instanceof QueryError && error.kind === 'rejected') return false;
    throw error;
  }
}
