// A classic histogram: counts per upper bound, rendered cumulatively with `_bucket`, `_sum` and `_count`.
import type { Labels, Sample } from './family.ts';
import { formatValue } from './render.ts';

export interface Histogram {
  observe(value: number): void;
  /** Cumulative samples with `le` as the last label; `+Inf` is always the last bucket. */
  samples(labels: Labels): Sample[];
}

/** @param bounds finite upper bounds, strictly ascending, without +Inf. @throws {RangeError} when they are not. */
export function createHistogram(bounds: readonly number[]): Histogram {
  if (
    bounds.some(
      (bound, index) => !Number.isFinite(bound) || bound <= (bounds[index - 1] ?? -Infinity),
    )
  ) {
    throw new RangeError(`histogram bounds must be finite and ascending, got ${bounds.join(', ')}`);
  }
  const counts = new Array<number>(bounds.length + 1).fill(0);
  let sum = 0;
  return {
    observe(value) {
      const index = bounds.findIndex((bound) => value <= bound);
      counts[index === -1 ? bounds.length : index]! += 1;
      sum += value;
    },
    samples(labels) {
      let count = 0;
      const buckets = [...bounds, Number.POSITIVE_INFINITY].map((bound, index): Sample => {
        count += counts[index]!;
        return { suffix: '_bucket', labels: { ...labels, le: formatValue(bound) }, value: count };
      });
      return [
        ...buckets,
        { suffix: '_sum', labels, value: sum },
        { suffix: '_count', labels, value: count },
      ];
    },
  };
}
