// How far a series moves in h steps, measured on the series itself: the errors of the naive family.

/** Share of the history that must lie between pairs for their differences to be counted. */
const LONGEST_LAG_SHARE = 1 / 3;

/**
 * The root mean square of `y[t + h] − y[t] − h · slope` over the history, for h = 1 to `steps`.
 * Beyond a third of the history the pairs are too few: from there it grows with the square root of
 * h, as a random walk does. O(n · steps).
 */
export function differenceErrors(values: Float64Array, steps: number, slope: number): Float64Array {
  const longest = Math.max(1, Math.floor(values.length * LONGEST_LAG_SHARE));
  const errors = new Float64Array(steps);
  for (let lag = 1; lag <= steps; lag++)
    errors[lag - 1] =
      lag <= longest
        ? rootMeanSquare(values, lag, slope)
        : errors[longest - 1]! * Math.sqrt(lag / longest);
  return errors;
}

function rootMeanSquare(values: Float64Array, lag: number, slope: number): number {
  let sum = 0;
  for (let index = lag; index < values.length; index++)
    sum += (values[index]! - values[index - lag]! - lag * slope) ** 2;
  return Math.sqrt(sum / (values.length - lag));
}
