// A straight line through a series that up to 29 % of wild values cannot bend.
import { median } from './quantile.ts';

/** The slopes of all pairs are O(n²): beyond this many points an even subsample is used. */
const MAX_POINTS = 300;

export interface Line {
  /** Change per step; NaN for fewer than two values. */
  readonly slope: number;
  /** The line's value at index 0. */
  readonly intercept: number;
}

/**
 * The Theil–Sen line: the median slope of all pairs, and the median of what it leaves (Sen 1968).
 * NaN values are left out. More than 300 values are thinned to 300 at even distances, first and
 * last included, so the answer is deterministic. O(min(n, 300)²).
 */
export function theilSen(values: ArrayLike<number>): Line {
  const points = thinnedIndices(values, MAX_POINTS);
  const slopes = new Float64Array((points.length * (points.length - 1)) / 2);
  let count = 0;
  for (let i = 1; i < points.length; i++)
    for (let j = 0; j < i; j++)
      slopes[count++] = (values[points[i]!]! - values[points[j]!]!) / (points[i]! - points[j]!);
  const slope = median(slopes);
  return { slope, intercept: median(points.map((index) => values[index]! - slope * index)) };
}

/** The indices of at most `limit` values that are not NaN, at even distances with both ends. */
export function thinnedIndices(values: ArrayLike<number>, limit: number): number[] {
  const present: number[] = [];
  for (let index = 0; index < values.length; index++)
    if (!Number.isNaN(values[index])) present.push(index);
  if (present.length <= limit) return present;
  const stride = (present.length - 1) / (limit - 1);
  return Array.from({ length: limit }, (_, i) => present[Math.round(i * stride)]!);
}
