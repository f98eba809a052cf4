// Intervals from experience alone: as wide as the errors of the backtests were, at that distance and at that level.
// Source: split conformal prediction (Vovk et al. 2005), horizon-wise, with neighbouring steps pooled.

/** Neighbouring steps are pooled until about this many errors lie beyond the bound that is asked for … */
const ERRORS_BEYOND = 5;
/** … and at most this many to each side: farther away is another distance and another time of the day. */
const MAX_POOLED_STEPS = 12;

/** Half width per step of the interval that holds `level` of the errors; `errors` are absolute, one array a backtest. */
export function conformalWidths(errors: readonly Float64Array[], level: number): Float64Array {
  const steps = errors[0]?.length ?? 0;
  const reach = pooledSteps(errors.length, level);
  const pool = new Float64Array(errors.length * (2 * reach + 1));
  return Float64Array.from({ length: steps }, (_, step) => {
    const from = Math.max(0, step - reach);
    const to = Math.min(steps, step + reach + 1);
    let count = 0;
    for (const error of errors)
      for (let near = from; near < to; near++) pool[count++] = error[near]!;
    return finiteSampleQuantile(pool.slice(0, count).sort(), level);
  });
}

/**
 * The same for errors that grow with what is forecast (locally weighted conformal prediction, Lei et al. 2018): each
 * error counts in units of how large its forecast was, the width in units of how large this one is. `paths` are the
 * forecasts that the errors belong to, `path` the one that the widths are for; none of them below 0.
 */
export function levelledWidths(
  backtests: { readonly errors: readonly Float64Array[]; readonly paths: readonly Float64Array[] },
  path: Float64Array,
  level: number,
): Float64Array {
  const unit = meanOf([...backtests.paths, path]);
  if (!(unit > 0)) return conformalWidths(backtests.errors, level);
  const scaleOf = (value: number) => unit + Math.abs(value);
  const relative = backtests.errors.map((error, index) =>
    error.map((value, step) => value / scaleOf(backtests.paths[index]![step]!)),
  );
  return conformalWidths(relative, level).map((width, step) => width * scaleOf(path[step]!));
}

/** To each side: the rarer what lies beyond the bound and the fewer the backtests, the more. */
function pooledSteps(backtests: number, level: number): number {
  const wanted = ERRORS_BEYOND / (1 - level) / backtests;
  return Math.min(MAX_POOLED_STEPS, Math.max(1, Math.ceil((wanted - 1) / 2)));
}

/** The ⌈(n + 1) · level⌉-th smallest, interpolated; the largest where that lies beyond the sample. */
function finiteSampleQuantile(sorted: Float64Array, level: number): number {
  const position = Math.min(sorted.length - 1, Math.max(0, (sorted.length + 1) * level - 1));
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (position - below) * (high - low);
}

function meanOf(paths: readonly Float64Array[]): number {
  let [sum, count] = [0, 0];
  for (const path of paths) {
    for (const value of path) sum += Math.abs(value);
    count += path.length;
  }
  return sum / count;
}
