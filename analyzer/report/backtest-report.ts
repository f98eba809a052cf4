// What a backtest found, as data: the JSON that `guard backtest` writes, and what its table and HTML page show.
import type { Labels } from '../series/labels.ts';

export interface BacktestReport {
  /** Unix seconds of the range whose values the forecasts were held against. */
  readonly from: number;
  readonly to: number;
  /** Where the data came from, without credentials. */
  readonly source: string;
  readonly subjects: readonly SubjectReport[];
}

/** One signal (or query) at one horizon. */
export interface SubjectReport {
  readonly signal: string;
  readonly unit: string;
  /** Seconds. */
  readonly horizon: number;
  readonly step: number;
  /** Steps of the season that the yardstick repeats; null = none, and the yardstick is the last value. */
  readonly season: number | null;
  /** Unix seconds at which forecasts were made. */
  readonly origins: readonly number[];
  readonly series: number;
  /** Of every forecast, whichever model made it; null when none could be scored. */
  readonly all: Scores | null;
  readonly byModel: readonly ModelScores[];
  /** Null where the signal has no limit. */
  readonly threshold: ThresholdScores | null;
  /** Mean absolute error at each step ahead, in the signal's unit: of the forecast, and of the yardstick. */
  readonly errorByStep: readonly number[];
  readonly yardstickErrorByStep: readonly number[];
  readonly absent: readonly Absence[];
  readonly examples: readonly Example[];
}

export interface ModelScores extends Scores {
  readonly model: string;
}

/** Every figure is null where it cannot be computed. Errors: lower is better. */
export interface Scores {
  /** Forecasts (series × origins), and single values, that could be held against the truth. */
  readonly forecasts: number;
  readonly points: number;
  /** Mean absolute scaled error (Hyndman & Koehler 2006): 1 = as wrong as the yardstick was in the history. */
  readonly mase: number | null;
  /** Mean of |error| / |actual| over actual values other than 0. */
  readonly mape: number | null;
  readonly smape: number | null;
  /** In the signal's unit. */
  readonly rmse: number | null;
  /** Half the sum of MASE and sMAPE, each relative to the yardstick's at the same moments: below 1 is better. */
  readonly owa: number | null;
  readonly coverage: readonly { readonly level: number; readonly ratio: number }[];
  /** Mean scaled interval score (M4) of the widest interval: width plus penalties for misses. */
  readonly msis: { readonly level: number; readonly score: number } | null;
  /** Share of forecasts to which "stays as it is" was nearer. */
  readonly naiveWinsRatio: number | null;
}

/** Were the dates right? Over every forecast made while the limit was not yet reached. */
export interface ThresholdScores {
  /** Forecasts whose median crosses the limit, and so does the truth, within the horizon. */
  readonly hits: number;
  readonly misses: number;
  readonly falseAlarms: number;
  /** Of the crossings that came, the share that was foretold. */
  readonly hitRate: number | null;
  /** Of the crossings foretold, the share that did not come. */
  readonly falseRate: number | null;
  /** Separate crossings that were foretold at least once, and the median time between the first warning and the crossing. */
  readonly crossingsForetold: number;
  readonly leadSeconds: number | null;
  /** Median distance between the date foretold and the date, over the hits. */
  readonly dateErrorSeconds: number | null;
  /** Of the crossings that came, the share that lay between the p10 and the p90 date; promised: 0.8. */
  readonly withinBandRatio: number | null;
}

export interface Absence {
  readonly reason: string;
  readonly detail: string;
  /** Origins that told it. */
  readonly count: number;
}

/** One series with some of its forecasts, for a chart. */
export interface Example {
  readonly labels: Labels;
  readonly limit: number | null;
  /** `[Unix seconds, value]`, gaps left out. */
  readonly actual: readonly (readonly [number, number])[];
  readonly forecasts: readonly ExampleForecast[];
}

export interface ExampleForecast {
  readonly model: string;
  readonly times: readonly number[];
  readonly median: readonly number[];
  /** Widest first. */
  readonly bands: readonly {
    readonly level: number;
    readonly lower: readonly number[];
    readonly upper: readonly number[];
  }[];
}
