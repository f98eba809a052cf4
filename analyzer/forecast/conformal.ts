// Intervals from experience alone: as wide as the errors of the backtests were, at that distance.
// Source: split conformal prediction (Vovk et al. 2005), horizon-wise, with neighbouring steps pooled.

/** Steps to each side whose errors count as the same distance. */
const POOLED_STEPS = 6;

/** Half width per step of the interval that holds `level` of the errors; `errors` are absolute, one array a backtest. */
export function conformalWidths(errors: readonly Float64Array[], level: number): Float64Array {
  const steps = errors[0]?.length ?? 0;
  return Float64Array.from({ length: steps }, (_, step) => {
    const from = Math.max(0, step - POOLED_STEPS);
    const pool = errors.flatMap((error) => [...error.subarray(from, step + POOLED_STEPS + 1)]);
    return finiteSampleQuantile(Float64Array.from(pool).sort(), level);
  });
}

/** The ⌈(n + 1) · level⌉-th smallest, interpolated; the largest where that lies beyond the sample. */
function finiteSampleQuantile(sorted: Float64Array, level: number): number {
  const position = Math.min(sorted.length - 1, Math.max(0, (sorted.length + 1) * level - 1));
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (position - below) * (high - low);
}
