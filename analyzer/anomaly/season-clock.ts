// The hour of the day, and how many samples it holds: what both seasonal detectors go by.
import type { Sample } from './detector.ts';

export const HOURS = 24;
const HOUR_SECONDS = 3600;
export const CLOCK_LENGTH = 2;
const LAST_TIME = 0;
const STEP = 1;
/** Later irregularities move the known step by a fiftieth. */
const STEP_WEIGHT = 0.02;

/** The hour of the local day, 0–23. */
export function hourOf({ time, utcOffset = 0 }: Sample): number {
  const hour = Math.floor((time + utcOffset) / HOUR_SECONDS) % HOURS;
  return hour < 0 ? hour + HOURS : hour;
}

/** Learns the step between samples and answers how many fall into an hour (at least 1). */
export function samplesPerHour(state: Float64Array, { time }: Sample): number {
  const step = time - state[LAST_TIME]!;
  if (state[LAST_TIME] !== 0 && step > 0) {
    const known = state[STEP]!;
    // A gap is not a step: a single one counts as at most twice the step known.
    state[STEP] = known === 0 ? step : known + STEP_WEIGHT * (Math.min(step, 2 * known) - known);
  }
  state[LAST_TIME] = time;
  return state[STEP] === 0 ? 1 : Math.max(1, HOUR_SECONDS / state[STEP]!);
}
