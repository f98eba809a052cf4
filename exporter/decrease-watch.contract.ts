// Watches the counters of process groups from scrape to scrape: each may only grow, also after an absence.

/** A counter whose samples carry a group, as `guard_process_cpu_seconds_total{group="a",mode="user"} 1.5`. */
const COUNTER_SAMPLE = /^(guard_process_\w+_total\{[^\n]*\}) (\S+)$/gm;

export interface DecreaseWatch {
  /** @param exposition the body of a scrape, in Prometheus' text format */
  look(exposition: string): void;
  /** One text per decrease, as `series: 5 after 7`. */
  readonly decreases: readonly string[];
  /** How many series were seen so far. */
  series(): number;
}

export function createDecreaseWatch(): DecreaseWatch {
  const highest = new Map<string, number>();
  const decreases: string[] = [];
  return {
    decreases,
    series: () => highest.size,
    look(exposition) {
      for (const [, series = '', text = ''] of exposition.matchAll(COUNTER_SAMPLE)) {
        const value = Number(text);
        const before = highest.get(series) ?? 0;
        if (value < before) decreases.push(`${series}: ${value} after ${before}`);
        else highest.set(series, value);
      }
    },
  };
}
