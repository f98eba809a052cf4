// Order statistics: quantiles, median and the robust spread around it.

/** Makes the median absolute deviation of normal data estimate its standard deviation: 1 / Φ⁻¹(3/4). */
export const MAD_TO_STANDARD_DEVIATION = 1.482602218505602;

/**
 * The quantile for a probability in [0, 1] by linear interpolation: type 7 of Hyndman & Fan (1996),
 * the default of numpy and R. NaN values are left out; no value at all gives NaN. O(n log n).
 */
export function quantile(values: Iterable<number>, probability: number): number {
  return quantileOfSorted(sortedFinite(values), probability);
}

/** The same for values that are ascending and free of NaN. O(1). */
export function quantileOfSorted(sorted: ArrayLike<number>, probability: number): number {
  if (!(probability >= 0 && probability <= 1))
    throw new RangeError(`quantile of probability ${probability}: expected a number in [0, 1]`);
  if (sorted.length === 0) return Number.NaN;
  const position = (sorted.length - 1) * probability;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  const weight = position - below;
  return weight === 0 ? low : low * (1 - weight) + high * weight;
}

export function median(values: Iterable<number>): number {
  return quantile(values, 0.5);
}

/**
 * The median of the distances to the median, unscaled (scipy's default); times
 * MAD_TO_STANDARD_DEVIATION it estimates a standard deviation that outliers do not move.
 */
export function medianAbsoluteDeviation(values: Iterable<number>): number {
  const sorted = sortedFinite(values);
  const centre = quantileOfSorted(sorted, 0.5);
  return median(sorted.map((value) => Math.abs(value - centre)));
}

function sortedFinite(values: Iterable<number>): Float64Array {
  return Float64Array.from(values)
    .filter((value) => !Number.isNaN(value))
    .sort();
}
