// What a member of the multivariate ensemble is: one opinion of how unusual a moment of many series is.

/** Rows of the immediate past that a member may look at, the present one included. */
export const LAGS = 4;

/** One moment, as deviations from the baseline; every array may be a view and must not be changed. */
export interface Frame {
  /** One deviation per series. */
  readonly now: Float64Array;
  /** The last `LAGS` rows, oldest first; its end is `now`. */
  readonly recent: Float64Array;
  /** The deviations smoothed over a few rows. */
  readonly smooth: Float64Array;
}

/** All that a fitted member knows, as plain numbers that can be stored and read back. */
export type Parameters = Readonly<Record<string, Float64Array>>;

export interface Member {
  /** Unique in the list, such as `isolation-forest`. */
  readonly name: string;
  /** Learns what is usual. Undefined when the frames do not suffice. The same seed gives the same parameters. */
  fit(frames: readonly Frame[], seed: number): Parameters | undefined;
  /** How unusual: positive, larger = more unusual, on a scale of its own. */
  score(parameters: Parameters, frame: Frame): number;
  /** What each series adds to it: at least 0, on a scale of its own. */
  contributions(parameters: Parameters, frame: Frame): Float64Array;
}

/** At most so many frames, evenly spaced: enough for what is learnt from them, and bounded. */
export function sampleFrames(frames: readonly Frame[], most: number): readonly Frame[] {
  if (frames.length <= most) return frames;
  return Array.from({ length: most }, (_, i) => frames[Math.floor((i * frames.length) / most)]!);
}
