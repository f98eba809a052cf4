// The interface that every model of this folder implements: fit on clean values, predict a path with its errors.

/** Every family of models there is: what is published as the model, and what a signal's settings select by. */
export const FAMILIES = [
  'arima',
  'naive',
  'drift',
  'seasonal-naive',
  'ets',
  'theta',
  'fourier',
  'lstm',
  'mstl',
  'prophet',
] as const;

export type Family = (typeof FAMILIES)[number];

/** What one file of this folder implements: the bare method, for values that are already clean. */
export interface Model {
  readonly name: string;
  /** What is published as the model: `arima` for every order. */
  readonly family: Family;
  /** Extrapolates a straight line: has to be clearly better before it is believed far ahead. */
  readonly isTrended?: boolean;
  /**
   * `values` are finite, without gaps, within [-1, 1], and at most 2,016.
   * Undefined when this method cannot say anything about them, such as too few seasons.
   */
  fit(values: Float64Array, frame?: Frame): FittedModel | undefined;
}

/** What the scaled values were: the few models that care for signs and ratios need to know. */
export interface Frame {
  /** The scaled value that stands for 0. */
  readonly zero: number;
}

export interface FittedModel {
  predict(steps: number): Path | undefined;
}

/** Index i is `i + 1` steps ahead. */
export interface Path {
  readonly centre: Float64Array;
  /** The standard error that the method itself believes in. */
  readonly error: Float64Array;
}
