// Every model there is, in one place; among equals the earlier one is preferred.
import { arima } from './arima.ts';
import type { Augurs } from './augurs.ts';
import { drift } from './drift.ts';
import { ets } from './ets.ts';
import { createForecaster, type Forecaster } from './forecaster.ts';
import { fourier } from './fourier.ts';
import { lstm } from './lstm.ts';
import type { Family, Model } from './model.ts';
import { mstl } from './mstl.ts';
import { naive } from './naive.ts';
import { prophet } from './prophet.ts';
import { seasonalNaive } from './seasonal-naive.ts';
import { theta } from './theta.ts';
import { withSeason } from './with-season.ts';
import { withTrend } from './with-trend.ts';

/** The same history always gives the same network. */
const LSTM_SEED = 1;

export interface Surroundings {
  /** Steps; one that is not a whole number of at least 2 is none. */
  readonly season?: number | undefined;
  readonly longSeason?: number | undefined;
  /** Without it MSTL and Prophet are not there. */
  readonly augurs?: Augurs | undefined;
}

/** The candidates for a series unless others are asked for: what paid in the benchmarks. */
export function candidates(season = 0): Model[] {
  const { plain, seasonal } = arimas(season);
  const repeated = hasSeason(season) ? [seasonalNaive(season)] : [];
  return [...plain, ...seasonal, ...repeated, naive, drift];
}

/** The models of the families that are asked for, as far as the surroundings allow. */
export function modelsOf(families: readonly string[], surroundings: Surroundings): Model[] {
  return everyModel(surroundings).filter(({ family }) => families.includes(family));
}

export function everyModel({ season = 0, longSeason, augurs }: Surroundings): Model[] {
  const { plain, seasonal } = arimas(season);
  const short = hasSeason(season) ? season : undefined;
  const long = hasSeason(longSeason) ? longSeason : undefined;
  const seasons = short === undefined ? undefined : { short, long };
  const adjusted = (model: Model) => (short === undefined ? [] : [withSeason(model, short)]);
  return [
    ...plain,
    ...seasonal,
    ...smoothers.flatMap((model) => [model, ...adjusted(model)]),
    ...(short === undefined ? [] : [seasonalNaive(short)]),
    ...(seasons === undefined ? [] : [fourier(seasons)]),
    ...(seasons === undefined || augurs === undefined
      ? []
      : [mstl(augurs, long === undefined ? [seasons.short] : [seasons.short, long])]),
    ...(augurs === undefined ? [] : [prophet(augurs, seasons)]),
    lstm({ seed: LSTM_SEED, season: short }),
    naive,
    drift,
  ];
}

const smoothers: readonly Model[] = [ets('simple'), ets('holt'), ets('damped'), theta];

function arimas(season: number): { plain: Model[]; seasonal: Model[] } {
  return {
    plain: [arima([0, 1, 1]), arima([1, 1, 1]), arima([1, 0, 1]), withTrend(arima([0, 1, 1]))],
    seasonal: hasSeason(season)
      ? [withSeason(arima([1, 0, 1]), season), withSeason(arima([0, 1, 1]), season)]
      : [],
  };
}

function hasSeason(season: number | undefined): season is number {
  return season !== undefined && Number.isInteger(season) && season >= 2;
}

/** The families that need the augurs library. */
export function needsAugurs(families: readonly string[]): boolean {
  const those: readonly Family[] = ['mstl', 'prophet'];
  return those.some((family) => families.includes(family));
}

/** All of them as forecasters in their own right, each with cleaning and intervals around it. */
export function forecasters(surroundings: Surroundings): Forecaster[] {
  return everyModel(surroundings).map(createForecaster);
}
