// A forecast with what else was considered: the single best model and the weighted ensemble, whichever speaks.
import type { Forecast } from '../series/forecast.ts';
import { type Bounds, withinBounds } from './bounds.ts';

export interface ChosenForecast extends Forecast {
  /** What the model that was best in the backtests says; absent where nothing could be tested. */
  readonly single?: { readonly name: string; readonly median: Float64Array };
  /** What the models say together, and the share of each, largest first. */
  readonly ensemble?: {
    readonly members: readonly Member[];
    readonly median: Float64Array;
  };
}

export interface Member {
  readonly name: string;
  /** All of them sum to 1. */
  readonly weight: number;
}

/** The forecast and what else was considered, all kept within the bounds. */
export function chosenWithin(forecast: ChosenForecast, bounds: Bounds): ChosenForecast {
  const { single, ensemble } = forecast;
  const clamp = (median: Float64Array) =>
    withinBounds({ model: '', median, intervals: [] }, bounds).median;
  return {
    ...withinBounds(forecast, bounds),
    ...(single === undefined ? {} : { single: { ...single, median: clamp(single.median) } }),
    ...(ensemble === undefined
      ? {}
      : { ensemble: { ...ensemble, median: clamp(ensemble.median) } }),
  };
}
