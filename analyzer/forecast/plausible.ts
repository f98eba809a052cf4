// A path that runs away is dropped: better a plainer model than a wild one.
import type { Path } from './model.ts';

/** A path that leaves the last value by more than ten times the range of the history is not believed. */
const MAX_EXCURSION_RANGES = 10;

/** The path when it has `steps` values, all finite, near the history, with errors that are none below 0; else undefined. */
export function plausible(path: Path, values: Float64Array, steps: number): Path | undefined {
  const { centre, error } = path;
  if (centre.length !== steps || error.length !== steps) return undefined;
  const last = values.at(-1)!;
  const low = values.reduce((a, b) => Math.min(a, b), Infinity);
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const limit = MAX_EXCURSION_RANGES * (high - low);
  const isSound =
    centre.every((value) => Math.abs(value - last) <= limit) &&
    error.every((value) => value >= 0 && value <= limit);
  return isSound ? path : undefined;
}
