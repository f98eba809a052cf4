// What a signal can be at all: a ratio ends at 1, a memory size does not fall below 0.
import type { Forecast } from '../series/forecast.ts';

export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** The forecast with every path kept within the bounds; order of the paths is preserved. */
export function withinBounds(forecast: Forecast, bounds: Bounds): Forecast {
  const { min = -Infinity, max = Infinity } = bounds;
  const clamp = (path: Float64Array) => path.map((value) => Math.max(min, Math.min(max, value)));
  return {
    ...forecast,
    median: clamp(forecast.median),
    intervals: forecast.intervals.map(({ level, lower, upper }) => ({
      level,
      lower: clamp(lower),
      upper: clamp(upper),
    })),
  };
}
