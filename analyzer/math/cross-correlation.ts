// How alike two series move when one of them may be late.

/** Overlapping pairs below which a correlation is chance. */
const MIN_PAIRS = 8;

export interface LaggedCorrelation {
  /** Pearson's coefficient in [−1, 1]; 0 when there is nothing to compare. */
  readonly correlation: number;
  /** Steps by which the second series follows the first; negative when it leads. */
  readonly lag: number;
}

/** The lag of up to ±`maxLag` with the strongest correlation, the smaller lag among equals. NaN pairs are left out. O(n · lags). */
export function strongestLag(
  first: Float64Array,
  second: Float64Array,
  maxLag: number,
): LaggedCorrelation {
  let best: LaggedCorrelation = { correlation: 0, lag: 0 };
  for (let distance = 0; distance <= maxLag; distance++)
    for (const lag of distance === 0 ? [0] : [distance, -distance]) {
      const correlation = correlationAt(first, second, lag);
      if (Math.abs(correlation) > Math.abs(best.correlation)) best = { correlation, lag };
    }
  return best;
}

function correlationAt(first: Float64Array, second: Float64Array, lag: number): number {
  const from = Math.max(0, -lag);
  const to = Math.min(first.length, second.length - lag);
  let [n, x, y, xx, yy, xy] = [0, 0, 0, 0, 0, 0];
  for (let i = from; i < to; i++) {
    const a = first[i]!;
    const b = second[i + lag]!;
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    n += 1;
    x += a;
    y += b;
    xx += a * a;
    yy += b * b;
    xy += a * b;
  }
  if (n < MIN_PAIRS) return 0;
  const spread = (xx - (x * x) / n) * (yy - (y * y) / n);
  return spread > 1e-12 * xx * yy ? (xy - (x * y) / n) / Math.sqrt(spread) : 0;
}
