// A level and the spread around it, learned sample by sample with a fading memory.
import type { Expectation } from './detector.ts';

export const LEVEL_LENGTH = 3;
export const COUNT = 0;
export const LEVEL = 1;
export const SPREAD = 2;

/** A sample pulls no harder than so many times the level and spread, so that one reading of 1e300 does not blind a series for days. */
const MAX_PULL = 1000;
const LEARNT_AFTER = 10;

/**
 * Learns a value into `[count, level, spread]`: running means of the values and of their absolute distance to the level, plain
 * at first, exponentially fading with about `memory` samples later.
 */
export function learnLevel(state: Float64Array, value: number, memory: number): void {
  const count = state[COUNT]! + 1;
  state[COUNT] = count;
  if (count === 1) {
    state[LEVEL] = value;
    return;
  }
  const weight = Math.max(1 / count, 1 / memory);
  const residual = value - state[LEVEL]!;
  const pull = count > LEARNT_AFTER ? limitPull(residual, state[LEVEL]!, state[SPREAD]!) : residual;
  state[SPREAD]! += weight * (Math.abs(pull) - state[SPREAD]!);
  state[LEVEL]! += weight * pull;
}

/** A residual within reason for this level and spread; a series that was always 0 knows no reason. */
export function limitPull(residual: number, level: number, spread: number): number {
  const limit = MAX_PULL * (Math.abs(level) + spread);
  return limit === 0 ? residual : Math.max(-limit, Math.min(limit, residual));
}

/** What a value can differ by and still be called equal: rounding, not a change. */
export function grain(level: number): number {
  return 1e-9 * Math.abs(level) + 1e-12;
}

/** The band of so many spreads around the level; `margin` widens the spread. */
export function bandAround(state: Float64Array, spreads: number, margin = 0): Expectation {
  const median = state[LEVEL]!;
  const room = spreads * (state[SPREAD]! + margin + grain(median));
  return { median, lower: median - room, upper: median + room };
}
