// What is no question of rarity: a line that went flat, a gap, a counter that began again. Findings of their own.
import type { Sample } from './detector.ts';

export interface Condition {
  readonly kind: 'flat_line' | 'gap' | 'reset';
  /** Unix seconds at which it began. */
  readonly since: number;
  /** The value at which it stands still, or the last one before the gap or the reset. */
  readonly value: number;
  /** How long it used to stand still at most, or how far its samples used to be apart, in seconds; 0 for a reset. */
  readonly usualSeconds: number;
}

/** A gap is longer than so many usual steps; a line is flat after so many times its longest quiet spell so far. */
const GAP_STEPS = 4;
const FLAT_SPELLS = 8;
const MIN_FLAT_SAMPLES = 60;
/** A line that stood still for more than this share of its steps may do so again. */
const MAX_QUIET_SHARE = 0.2;
/** From so many samples on the series is known to count up, or not. */
export const COUNTER_DECIDED_AT = 64;
/** A counter that began again shows what it counted since: far less than before. */
const RESET_SHARE = 0.5;

const TIME = 0;
const VALUE = 1;
const STEP = 2;
const SEEN = 3;
const CHANGED_AT = 4;
const QUIET = 5;
const LONGEST_QUIET = 6;
const QUIET_STEPS = 7;
const RISES = 8;
const FALLS = 9;
export const CONDITIONS_LENGTH = 10;

/** Learns the sample and answers what holds at its time. NaN samples are gaps as far as nothing comes. */
export function findConditions(state: Float64Array, { time, value }: Sample): Condition[] {
  const before = { value: state[VALUE]!, usualSeconds: state[STEP]! };
  const found: Condition[] = isGap(state, time)
    ? [{ kind: 'gap', since: state[TIME]!, ...before }]
    : [];
  if (Number.isNaN(value)) return found;
  if (isReset(state, value)) found.push({ kind: 'reset', since: time, ...before, usualSeconds: 0 });
  learn(state, time, value);
  if (!isFlat(state)) return found;
  const usualSeconds = state[LONGEST_QUIET]! * state[STEP]!;
  return [...found, { kind: 'flat_line', since: state[CHANGED_AT]!, value, usualSeconds }];
}

/** Whether the series only ever rose, apart from beginning again: its increments tell more than its values. */
export function isCounter(state: Float64Array): boolean {
  const steps = state[SEEN]! - 1;
  return steps > 0 && state[FALLS] === 0 && state[RISES]! > steps / 2;
}

export function samplesSeen(state: Float64Array): number {
  return state[SEEN]!;
}

export function lastValue(state: Float64Array): number {
  return state[VALUE]!;
}

function isGap(state: Float64Array, time: number): boolean {
  return state[STEP]! > 0 && time - state[TIME]! > GAP_STEPS * state[STEP]!;
}

function isReset(state: Float64Array, value: number): boolean {
  const before = state[VALUE]!;
  return (
    state[SEEN]! >= COUNTER_DECIDED_AT &&
    isCounter(state) &&
    value >= 0 &&
    value < RESET_SHARE * before
  );
}

function isFlat(state: Float64Array): boolean {
  const spell = Math.max(MIN_FLAT_SAMPLES, FLAT_SPELLS * state[LONGEST_QUIET]!);
  const quietShare = (state[QUIET_STEPS]! - state[QUIET]!) / state[SEEN]!;
  const hasLived = state[SEEN]! > 2 * state[QUIET]!;
  return state[QUIET]! >= spell && quietShare <= MAX_QUIET_SHARE && hasLived;
}

function learn(state: Float64Array, time: number, value: number): void {
  const before = state[VALUE]!;
  if (state[SEEN] === 0) state[CHANGED_AT] = time;
  else {
    const step = time - state[TIME]!;
    if (step > 0) state[STEP] = state[STEP] === 0 ? step : nextStep(state[STEP]!, step);
    learnMovement(state, { time, change: value - before, isReset: isReset(state, value) });
  }
  state[SEEN]! += 1;
  state[TIME] = time;
  state[VALUE] = value;
}

/** A gap is not a step: a single one counts as at most twice the step known. */
function nextStep(known: number, step: number): number {
  return known + 0.02 * (Math.min(step, 2 * known) - known);
}

interface Movement {
  readonly time: number;
  readonly change: number;
  readonly isReset: boolean;
}

function learnMovement(state: Float64Array, { time, change, isReset }: Movement): void {
  if (change === 0) {
    state[QUIET]! += 1;
    state[QUIET_STEPS]! += 1;
    return;
  }
  state[LONGEST_QUIET] = Math.max(state[LONGEST_QUIET]!, state[QUIET]!);
  state[QUIET] = 0;
  state[CHANGED_AT] = time;
  if (change > 0) state[RISES]! += 1;
  else if (!isReset) state[FALLS]! += 1;
}
