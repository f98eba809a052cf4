// The interface that every model of this folder implements: fit on clean values, predict a path with its errors.

/** What one file of this folder implements: the bare method, for values that are already clean. */
export interface Model {
  readonly name: string;
  /** What is published as the model: `arima` for every order. */
  readonly family: 'arima' | 'naive' | 'drift' | 'seasonal-naive';
  /** Extrapolates a straight line: has to be clearly better before it is believed far ahead. */
  readonly isTrended?: boolean;
  /**
   * `values` are finite, without gaps, within [-1, 1], and at most 720.
   * Undefined when this method cannot say anything about them, such as too few seasons.
   */
  fit(values: Float64Array): FittedModel | undefined;
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
