// Something that can be forecast as of any moment: the engine's signals and any query alike.
import type { TimeToThreshold } from '../forecast/time-to-threshold.ts';
import type { Forecast } from '../series/forecast.ts';
import type { Labels } from '../series/labels.ts';
import type { Series } from '../series/series.ts';

/** A forecast as it would have been published at some moment. */
export interface PastForecast {
  readonly labels: Labels;
  /** Unix seconds of the last observation that it was made from, and its value. */
  readonly end: number;
  readonly value: number;
  readonly step: number;
  readonly limit: number | undefined;
  readonly direction: 'above' | 'below';
  readonly forecast: Forecast;
  readonly timeToThreshold: TimeToThreshold | undefined;
}

/** Something that can be forecast as of any moment. */
export interface Replay {
  readonly name: string;
  readonly unit: string;
  /** Seconds. */
  readonly horizon: number;
  /** Steps of the season that the yardstick may use, given that many points of history. */
  seasonOf(step: number, points: number): number | undefined;
  /** What would have been said at a moment, from what was there at that moment. @throws {QueryError} */
  forecast(now: number): Promise<{
    readonly forecasts: readonly PastForecast[];
    readonly absent: readonly { readonly reason: string; readonly detail: string }[];
  }>;
  /** The same series, read as they are read for a forecast, up to a later moment. @throws {QueryError} */
  truth(until: number): Promise<readonly Series[]>;
}
