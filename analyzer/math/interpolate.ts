// Gaps in a series, filled for the methods that cannot live with them.
import { median } from './quantile.ts';

/**
 * A copy in which every NaN lies on the line between its neighbours; at the ends the nearest value
 * is held, as numpy's `interp` does. A series without any value stays all NaN. O(n).
 */
export function fillGaps(values: Float64Array): Float64Array {
  const filled = Float64Array.from(values);
  let previous = -1;
  for (let index = 0; index < filled.length; index++) {
    if (Number.isNaN(filled[index])) continue;
    if (previous === -1) filled.fill(filled[index]!, 0, index);
    else bridge(filled, previous, index);
    previous = index;
  }
  if (previous !== -1) filled.fill(filled[previous]!, previous);
  return filled;
}

/**
 * The same for a series that repeats: the gap is bridged after each place's own median over the seasons was taken out,
 * so that a missing night is filled with a night. Places that never had a value count as the median of all. O(n log n).
 */
export function fillSeasonalGaps(values: Float64Array, season: number): Float64Array {
  if (!values.some((value) => Number.isNaN(value))) return values;
  const whole = median(values);
  const profile = Array.from({ length: season }, (_, phase) => {
    const own = median(values.filter((_value, index) => index % season === phase));
    return Number.isNaN(own) ? whole : own;
  });
  const rest = fillGaps(values.map((value, index) => value - profile[index % season]!));
  return rest.map((value, index) => value + profile[index % season]!);
}

function bridge(filled: Float64Array, from: number, to: number): void {
  const [low, high] = [filled[from]!, filled[to]!];
  for (let index = from + 1; index < to; index++) {
    const weight = (index - from) / (to - from);
    filled[index] = low * (1 - weight) + high * weight;
  }
}
