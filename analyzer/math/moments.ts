// Mean and variance, in two passes so that a large level does not swallow a small spread.

/** The arithmetic mean of the values that are not NaN; NaN when there is none. O(n). */
export function mean(values: Iterable<number>): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  return count === 0 ? Number.NaN : sum / count;
}

/** The sample variance (divided by n − 1) of the values that are not NaN; NaN for fewer than two. O(n). */
export function variance(values: Iterable<number>): number {
  const kept = [...values].filter((value) => !Number.isNaN(value));
  if (kept.length < 2) return Number.NaN;
  const centre = mean(kept);
  let squares = 0;
  for (const value of kept) squares += (value - centre) ** 2;
  return squares / (kept.length - 1);
}

/** The square root of the sample variance. */
export function standardDeviation(values: Iterable<number>): number {
  return Math.sqrt(variance(values));
}
