// Every model there is, in one place; among equals the earlier one is preferred.
import { arima } from './arima.ts';
import { drift } from './drift.ts';
import { createForecaster, type Forecaster } from './forecaster.ts';
import type { Model } from './model.ts';
import { naive } from './naive.ts';
import { seasonalNaive } from './seasonal-naive.ts';
import { withSeason } from './with-season.ts';
import { withTrend } from './with-trend.ts';

/** The candidates for a series; a `season` that is not a whole number of at least 2 steps is none. */
export function candidates(season = 0): Model[] {
  const seasonal =
    Number.isInteger(season) && season >= 2
      ? [
          withSeason(arima([1, 0, 1]), season),
          withSeason(arima([0, 1, 1]), season),
          seasonalNaive(season),
        ]
      : [];
  return [
    arima([0, 1, 1]),
    arima([1, 1, 1]),
    arima([1, 0, 1]),
    withTrend(arima([0, 1, 1])),
    ...seasonal,
    naive,
    drift,
  ];
}

/** The same as forecasters in their own right, each with cleaning and intervals around it. */
export function forecasters(season = 0): Forecaster[] {
  return candidates(season).map(createForecaster);
}
