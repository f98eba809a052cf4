// A time series on a regular grid, the shape that all the maths works on.
import type { Labels } from './labels.ts';

/** `values[i]` was observed at `start + i * step` (Unix seconds); NaN marks a gap. */
export interface Series {
  readonly labels: Labels;
  readonly start: number;
  readonly step: number;
  readonly values: Float64Array;
}

/** The value of one series at one moment. */
export interface Point {
  readonly labels: Labels;
  readonly time: number;
  readonly value: number;
}

/** The time of the last value, in Unix seconds. */
export function endOf(series: Series): number {
  return series.start + (series.values.length - 1) * series.step;
}
