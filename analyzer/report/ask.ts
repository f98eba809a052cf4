// Asks Prometheus for a report: few at once, never longer than agreed, and what fails becomes the reason why a section is missing.
import { type Grid, type Querier, QueryError } from '../prometheus/querier.ts';
import type { Point, Series } from '../series/series.ts';
import type { Section } from './report-data.ts';

const MAX_IN_FLIGHT = 3;
/** Values of one answer; longer steps are taken where there are more series. */
const MAX_VALUES = 1_000_000;
const MAX_SERIES = 10_000;
const MIN_POINTS = 100;

export interface AskOptions {
  readonly querier: Querier;
  /** Unix seconds. */
  readonly clock: () => number;
  /** Unix seconds after which nothing is asked any more. */
  readonly deadline: number;
}

export interface Ask {
  instant(promql: string, at: number): Promise<Point[]>;
  range(promql: string, grid: Grid): Promise<Series[]>;
  /** Every series of an expression of which nobody knows how many it has: the grid is coarser the more there are. */
  all(promql: string, grid: Grid): Promise<Series[]>;
}

/** The section is missing, and why: told to the reader. */
export class MissingError extends Error {}

export function createAsk({ querier, clock, deadline }: AskOptions): Ask {
  const limited = createLimit(MAX_IN_FLIGHT);
  const ask = <T>(query: () => Promise<T>) =>
    limited(() => {
      if (clock() > deadline) throw new MissingError('the time for this report was up');
      return query();
    });
  const range = (promql: string, grid: Grid) => ask(() => querier.range(promql, grid));
  return {
    instant: (promql, at) => ask(() => querier.instant(promql, at)),
    range,
    async all(promql, grid) {
      const few = { ...grid, step: Math.max(grid.step, (grid.to - grid.from) / 14) };
      const counts = await range(`count(${promql})`, few);
      const most = Math.max(
        0,
        ...counts.flatMap(({ values }) => [...values].filter(Number.isFinite)),
      );
      if (most > MAX_SERIES)
        throw new MissingError(`${most} series, more than the ${MAX_SERIES} that a report reads`);
      return most === 0 ? range(promql, grid) : range(promql, fit(grid, most));
    },
  };
}

function fit({ from, to, step }: Grid, series: number): Grid {
  const points = Math.max(MIN_POINTS, Math.floor(MAX_VALUES / series));
  const factor = Math.max(1, Math.ceil((to - from) / step / points));
  return { from, to, step: step * factor };
}

/** Data, or why there are none. @throws what is a mistake of ours. */
export async function sectionOf<T>(gather: () => Promise<T>): Promise<Section<T>> {
  try {
    return { data: await gather() };
  } catch (error) {
    if (error instanceof MissingError) return { missing: error.message };
    if (error instanceof QueryError)
      return { missing: `Prometheus could not be asked (${error.kind}): ${error.message}` };
    throw error;
  }
}

function createLimit(max: number) {
  let inFlight = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => T | Promise<T>): Promise<T> => {
    if (inFlight < max) inFlight += 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await work();
    } finally {
      // Who waits takes the place over: nobody can get between.
      const next = waiting.shift();
      if (next === undefined) inFlight -= 1;
      else next();
    }
  };
}
