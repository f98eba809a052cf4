// Where a series became another one: a new release, a moved load. What was before tells nothing of what comes.
import { MAD_TO_STANDARD_DEVIATION, median, medianAbsoluteDeviation } from '../math/quantile.ts';

/** The series is looked at as the medians of this many blocks, or of its seasons: neither waves nor spikes are breaks. */
const BLOCKS = 24;
/** On each side of a break: enough to know a level, and afterwards enough to forecast from. */
const MIN_BLOCKS = 7;
/** A clear break is this many standard deviations of either side's own blocks … */
const MIN_DEVIATIONS = 8;
/** … and of either side's own swings from the lowest block to the highest, this many. */
const MIN_RANGES = 1.5;

/**
 * The index of the first value after the latest clear change of level; 0 when there is none. Conservative: a ramp, a
 * wave or a walk is not a break, because there one side moves as much as the sides differ. O(n log n + blocks²).
 */
export function detectBreak(values: Float64Array, season?: number): number {
  const size = season ?? Math.floor(values.length / BLOCKS);
  const count = size > 0 ? Math.floor(values.length / size) : 0;
  // Blocks are counted from the end, where what is recent is whole.
  const offset = values.length - count * size;
  const levels = Float64Array.from({ length: count }, (_, block) =>
    median(values.subarray(offset + block * size, offset + (block + 1) * size)),
  );
  for (let split = count - MIN_BLOCKS; split >= MIN_BLOCKS; split--)
    if (isBreak(levels, split)) return offset + split * size;
  return 0;
}

function isBreak(levels: Float64Array, split: number): boolean {
  const before = sideOf(levels.subarray(split - MIN_BLOCKS, split));
  const after = sideOf(levels.subarray(split));
  const jump = Math.abs(after.level - before.level);
  return (
    jump > MIN_DEVIATIONS * Math.max(before.deviation, after.deviation) &&
    jump > MIN_RANGES * Math.max(before.range, after.range)
  );
}

interface Side {
  readonly level: number;
  readonly deviation: number;
  readonly range: number;
}

function sideOf(levels: Float64Array): Side {
  const known = levels.filter((level) => !Number.isNaN(level));
  const low = known.reduce((a, b) => Math.min(a, b), Infinity);
  const high = known.reduce((a, b) => Math.max(a, b), -Infinity);
  return {
    level: median(known),
    deviation: MAD_TO_STANDARD_DEVIATION * medianAbsoluteDeviation(known),
    range: high - low,
  };
}
