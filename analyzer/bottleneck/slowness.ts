// How sure it is that something takes too long: against what it took when all was well, or against a plain limit.
import { degree } from './rule.ts';

/** Within this of the quiet value nothing has changed: a target abroad is far away, not slow. */
const UNCHANGED_RATIO = 1.5;

export interface SlownessLimits {
  /** Seconds that are too long where nobody knows what was usual. */
  readonly absolute: number;
  /** Times slower than usual. */
  readonly ratio: number;
  /** Seconds below which even many times slower does not matter. */
  readonly from: number;
}

/** A degree as of `degree`; 0 when the value is not known or as it was. All in seconds. */
export function slowness(
  value: number | undefined,
  quiet: number | undefined,
  { absolute, ratio, from }: SlownessLimits,
): number {
  if (value === undefined) return 0;
  if (quiet === undefined || quiet <= 0) return degree(value, absolute, 3 * absolute);
  if (value < UNCHANGED_RATIO * quiet) return 0;
  const slower = Math.min(degree(value / quiet, ratio, 2 * ratio), degree(value, from, 3 * from));
  return Math.max(slower, degree(value, absolute, 3 * absolute));
}
