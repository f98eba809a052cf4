// From rows to frames: the last rows as deviations, and their smoothed course; the only state between two rows.
import type { Rows } from '../math/whitening.ts';
import { type Baseline, standardise } from './multivariate-baseline.ts';
import { type Frame, LAGS } from './multivariate-member.ts';

/** Rows after which a deviation counts half in the smoothed course. */
const HALF_LIFE_ROWS = 3;
const STEP = 1 - 0.5 ** (1 / HALF_LIFE_ROWS);

/** What has to be kept between two rows: plain data. */
export interface Trail {
  readonly recent: Float64Array;
  readonly smooth: Float64Array;
}

/** Before the first row all was as expected. */
export function startTrail(columns: number): Trail {
  return { recent: new Float64Array(LAGS * columns), smooth: new Float64Array(columns) };
}

export interface Moment {
  /** Unix seconds. */
  readonly time: number;
  /** One value per series; NaN where nothing was observed. */
  readonly row: Float64Array;
}

/** The next frame; it is also the next trail. The old one is left as it is. */
export function nextFrame(baseline: Baseline, trail: Trail, { row, time }: Moment): Frame {
  const now = standardise(baseline, row, time);
  const columns = now.length;
  const recent = new Float64Array(LAGS * columns);
  recent.set(trail.recent.subarray(columns));
  recent.set(now, (LAGS - 1) * columns);
  const smooth = trail.smooth.map((value, i) => value + STEP * (now[i]! - value));
  return { now, recent, smooth };
}

/** A frame for every row of a history. */
export function framesOf(baseline: Baseline, rows: Rows, times: Float64Array): Frame[] {
  const frames: Frame[] = [];
  let trail = startTrail(rows.columns);
  for (let i = 0; i < rows.count; i++) {
    const row = rows.values.subarray(i * rows.columns, (i + 1) * rows.columns);
    const frame = nextFrame(baseline, trail, { time: times[i]!, row });
    frames.push(frame);
    trail = frame;
  }
  return frames;
}
