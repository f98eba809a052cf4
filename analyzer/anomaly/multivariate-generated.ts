// A host as tests need it: series that follow one daily load, each with a noise of its own.
import { createUniform } from '../math/uniform.ts';
import type { Moment } from './multivariate-frames.ts';

export const STEP_SECONDS = 300;
const DAY_ROWS = 288;

/** Six series over so many rows: five follow the load, the last is constant. */
export function generateHost(rows: number, seed: number): Moment[] {
  const uniform = createUniform(seed);
  const noise = () => uniform() + uniform() + uniform() - 1.5;
  return Array.from({ length: rows }, (_, i) => {
    const load = 50 + 30 * Math.sin((2 * Math.PI * i) / DAY_ROWS) + 5 * noise();
    return {
      time: i * STEP_SECONDS,
      row: Float64Array.of(
        load + noise(),
        2 * load + noise(),
        1000 - 3 * load + noise(),
        0.01 * load + 0.01 * noise(),
        load ** 1.2 + noise(),
        7,
      ),
    };
  });
}

/** The same moments with some values of one series changed from a row on. */
export function change(
  moments: readonly Moment[],
  { column, from, to = moments.length, by }: Change,
): Moment[] {
  return moments.map(({ time, row }, i) => ({
    time,
    row: i < from || i >= to ? row : row.map((v, j) => (j === column ? by(v) : v)),
  }));
}

export interface Change {
  readonly column: number;
  readonly from: number;
  readonly to?: number;
  readonly by: (value: number) => number;
}
