// When a model is fitted anew, and on what: often while it is young, then every few weeks.
import type { Rows } from '../math/whitening.ts';
import { MIN_TRAINING_ROWS } from './multivariate.ts';
import type { Moment } from './multivariate-frames.ts';

/** A young model is fitted anew when it has seen this share more than when it was fitted. */
const GROWTH = 1.15;
/** One that knows two weeks, and thus every hour of the week twice, stays for four: it shall not learn a slow fault. */
const ESTABLISHED_SECONDS = 14 * 86_400;
const STAYS_SECONDS = 28 * 86_400;
/** Rows that are remembered for fitting: three weeks of minutes. What is older is forgotten. */
export const MAX_TRAINING_ROWS = 30_000;

/** When the model was fitted, and on how much. */
export interface Fitting {
  readonly rows: number;
  readonly from: number;
  readonly to: number;
}

/** Whether it is time to fit: `seen` rows are known at `now`, Unix seconds. */
export function isDue(last: Fitting | undefined, seen: number, now: number): boolean {
  if (last === undefined) return seen >= MIN_TRAINING_ROWS;
  if (last.to - last.from >= ESTABLISHED_SECONDS) return now - last.to >= STAYS_SECONDS;
  return seen >= last.rows * GROWTH;
}

/** The last moments as rows and times. */
export function historyOf(moments: readonly Moment[]): { rows: Rows; times: Float64Array } {
  const kept = moments.slice(-MAX_TRAINING_ROWS);
  const columns = kept[0]?.row.length ?? 0;
  const values = new Float64Array(kept.length * columns);
  for (const [index, { row }] of kept.entries()) values.set(row, index * columns);
  return {
    rows: { columns, count: kept.length, values },
    times: Float64Array.from(kept, ({ time }) => time),
  };
}
