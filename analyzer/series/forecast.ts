// What a forecaster answers: a central path and intervals around it.

/** Every array has one value per step ahead; step i is for `(i + 1)` steps after the last observation. */
export interface Forecast {
  readonly model: string;
  readonly median: Float64Array;
  /** Narrowest first; `lower ≤ median ≤ upper` at every step. */
  readonly intervals: readonly Interval[];
}

export interface Interval {
  /** Nominal coverage in (0, 1), such as 0.95. */
  readonly level: number;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** The reason why there is no forecast, as a value: no exception crosses the boundary of the models. */
export interface NoForecast {
  readonly reason:
    | 'history_too_short'
    | 'no_finite_values'
    | 'too_many_gaps'
    | 'model_failed'
    | 'overloaded'
    | 'cancelled';
  readonly detail: string;
}
