// Windows of PromQL for servers that scrape more rarely than ours: a rate needs two samples in its window.

/** A window of less holds only one sample now and then; more of it would see a fault later. */
const INTERVALS_PER_WINDOW = 2.2;
const SECONDS_OF: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };

/**
 * The expression with every window of a range selector that is too short for the scrape interval made just long enough.
 * Subqueries stay as they are: they have a step of their own.
 * @param scrapeInterval seconds
 */
export function stretchWindows(promql: string, scrapeInterval: number): string {
  const least = Math.ceil(scrapeInterval * INTERVALS_PER_WINDOW);
  return promql.replace(/\[(\d+)([smh])\]/g, (whole, count: string, unit: string) =>
    Number(count) * SECONDS_OF[unit]! < least ? `[${least}s]` : whole,
  );
}
