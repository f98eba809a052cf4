// What a detector is: it judges one sample at a time and keeps all it knows in a short row of numbers.

/** Bytes of state that one series may cost, all its detectors and their fusion together. */
export const MAX_STATE_BYTES = 2048;

/** What a forecaster expected for this moment: a calibrated interval around its median. */
export interface Expectation {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

export interface Sample {
  /** Unix seconds; samples of a series come in order. */
  readonly time: number;
  /** NaN where nothing was observed. */
  readonly value: number;
  /** Seconds east of UTC at that time: seasons follow the local clock, also through a change to summer time. */
  readonly utcOffset?: number | undefined;
  readonly forecast?: Expectation | undefined;
}

/**
 * 0 = as expected, 1 = at the edge of the band, above 1 = anomalous. NaN = no opinion: nothing was observed, or too little
 * history to judge. Outside of that `lower ≤ expected ≤ upper`, and the score says how far the value lies from `expected`,
 * the distance to the edge being 1.
 */
export interface Judgement {
  readonly score: number;
  readonly expected: number;
  readonly lower: number;
  readonly upper: number;
}

export interface Detector {
  /** Label value, file name and configuration key, such as `robust-z`. */
  readonly name: string;
  /** Numbers of state (8 bytes each). A series begins with as many zeros; copying the numbers copies the state. */
  readonly stateLength: number;
  /** Judges the sample by what was seen before it, then learns it. The state is changed in place. */
  judge(state: Float64Array, sample: Sample): Judgement;
}

export const NO_OPINION: Judgement = {
  score: Number.NaN,
  expected: Number.NaN,
  lower: Number.NaN,
  upper: Number.NaN,
};

/** The judgement of a value within a band; a band without width makes any other value infinitely far, which is capped. */
export function judgeBand(value: number, band: Expectation): Judgement {
  const { median: expected, lower, upper } = band;
  const room = value > expected ? upper - expected : expected - lower;
  const distance = Math.abs(value - expected);
  const score = distance === 0 ? 0 : Math.min(distance / room, MAX_SCORE);
  return { score: Number.isNaN(score) ? MAX_SCORE : score, expected, lower, upper };
}

/** Scores end here, so that they stay finite for whatever value came. */
export const MAX_SCORE = 1e6;
