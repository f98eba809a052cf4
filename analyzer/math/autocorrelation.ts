// How much a series resembles itself some steps earlier.

/**
 * The autocorrelations at lag 0 to `maxLag`, each in [-1, 1]: the estimator that divides by n at
 * every lag (Box & Jenkins; R `acf`). A product with a NaN is left out. A constant series has no
 * variance to share: 1 at lag 0 and 0 elsewhere. O(n · maxLag).
 */
export function autocorrelations(values: ArrayLike<number>, maxLag: number): Float64Array {
  const centred = centre(values);
  const result = new Float64Array(maxLag + 1);
  const energy = laggedSum(centred, 0);
  result[0] = 1;
  if (!(energy > 0)) return result;
  for (let lag = 1; lag <= Math.min(maxLag, centred.length - 1); lag++)
    result[lag] = laggedSum(centred, lag) / energy;
  return result;
}

/** The autocorrelation at one lag. */
export function autocorrelation(values: ArrayLike<number>, lag: number): number {
  return autocorrelations(values, lag)[lag]!;
}

/** The distances to the mean; a gap lies at the mean, so that it adds nothing to any product. */
function centre(values: ArrayLike<number>): Float64Array {
  let sum = 0;
  let count = 0;
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (Number.isNaN(value)) continue;
    sum += value;
    count += 1;
  }
  return Float64Array.from(values, (value) => (Number.isNaN(value) ? 0 : value - sum / count));
}

function laggedSum(centred: Float64Array, lag: number): number {
  let sum = 0;
  for (let index = lag; index < centred.length; index++)
    sum += centred[index]! * centred[index - lag]!;
  return sum;
}
