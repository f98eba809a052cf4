// A range that is too much for the server at once, in parts of the time: each step of a range query stands for itself.
import { labelsKey } from '../series/labels.ts';
import type { Series } from '../series/series.ts';
import { isTooMuch } from './answer.ts';
import { type Grid, QueryError } from './querier.ts';

/** Halved this often at most: into 16 parts. */
const MAX_HALVINGS = 4;

/** @throws {QueryError} of the smallest part that is still refused. */
export async function readInParts(
  grid: Grid,
  read: (part: Grid) => Promise<Series[]>,
  halvings: number = MAX_HALVINGS,
): Promise<Series[]> {
  try {
    return await read(grid);
  } catch (error) {
    const halves = halvesOf(grid);
    if (!(error instanceof QueryError) || !isTooMuch(error) || halvings === 0 || !halves)
      throw error;
    const parts: Series[][] = [];
    for (const half of halves) parts.push(await readInParts(half, read, halvings - 1));
    return join(grid, parts.flat());
  }
}

/** Undefined where there is nothing to halve. */
function halvesOf({ from, to, step }: Grid): [Grid, Grid] | undefined {
  const steps = Math.floor((to - from) / step);
  if (steps < 1) return undefined;
  const middle = from + Math.floor(steps / 2) * step;
  return [
    { from, to: middle, step },
    { from: middle + step, to, step },
  ];
}

function join({ from, to, step }: Grid, parts: readonly Series[]): Series[] {
  const joined = new Map<string, Series>();
  for (const part of parts) {
    const key = labelsKey(part.labels);
    const values = new Float64Array(Math.floor((to - from) / step) + 1).fill(Number.NaN);
    const whole = joined.get(key) ?? { labels: part.labels, start: from, step, values };
    whole.values.set(part.values, Math.round((part.start - from) / step));
    joined.set(key, whole);
  }
  return [...joined.values()];
}
