// A slope with the interval in which it lies: is this figure flat, or does it rise?
import { normalHalfWidth } from '../../analyzer/math/normal.ts';
import { median, quantileOfSorted } from '../../analyzer/math/quantile.ts';
import { thinnedIndices } from '../../analyzer/math/theil-sen.ts';

const MAX_POINTS = 300;

export interface Slope {
  readonly median: number;
  /** Change per step, and the interval of 95 % around it. */
  readonly slope: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The Theil–Sen slope with Sen's interval: the slopes of all pairs at the ranks that Kendall's variance gives
 * (Sen 1968, Gilbert 1987, section 16.5). It takes values for independent: of figures that drift about it is too narrow.
 * NaN for fewer than three values.
 */
export function slopeWithInterval(values: readonly number[], coverage = 0.95): Slope {
  const points = thinnedIndices(values, MAX_POINTS);
  const n = points.length;
  const slopes: number[] = [];
  for (let i = 1; i < n; i++)
    for (let j = 0; j < i; j++)
      slopes.push((values[points[i]!]! - values[points[j]!]!) / (points[i]! - points[j]!));
  const middle = median(values.filter((value) => !Number.isNaN(value)));
  if (n < 3) return { median: middle, slope: Number.NaN, low: Number.NaN, high: Number.NaN };
  slopes.sort((a, b) => a - b);
  const half = (normalHalfWidth(coverage) * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18)) / 2;
  const share = half / slopes.length;
  return {
    median: middle,
    slope: quantileOfSorted(slopes, 0.5),
    low: quantileOfSorted(slopes, Math.max(0, 0.5 - share)),
    high: quantileOfSorted(slopes, Math.min(1, 0.5 + share)),
  };
}
