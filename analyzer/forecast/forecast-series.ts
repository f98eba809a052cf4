// The one door to forecasting: a history in, the best forecast that it allows out, or the reason for none.
import type { NoForecast } from '../series/forecast.ts';
import type { Series } from '../series/series.ts';
import type { Augurs } from './augurs.ts';
import type { Bounds } from './bounds.ts';
import { type ChosenForecast, chosenWithin } from './chosen-forecast.ts';
import { detectBreak } from './detect-break.ts';
import { detectSeason } from './detect-season.ts';
import { failed, wrongRequest } from './forecaster.ts';
import { modelsOf, needsAugurs } from './list.ts';
import { FAMILIES, type Model } from './model.ts';
import { MAX_SEASONAL_POINTS, prepare } from './prepare.ts';
import { forecastSeasonal } from './seasonal.ts';
import { playTournament } from './tournament.ts';

export interface ForecastOptions {
  /** Steps ahead, 1 to 1,000; each as long as a step of the history. */
  readonly steps: number;
  /** Nominal coverages in (0, 1), such as 0.8 and 0.95. */
  readonly levels: readonly number[];
  readonly bounds?: Bounds;
  /** Steps of the short season (a day), when one is known by the clock; absent, the series is asked; 0 for none. */
  readonly season?: number;
  /** Steps of the long season (a week), when the history may know it. */
  readonly longSeason?: number;
  /**
   * Who may speak: names of `MODELS`. With `ensemble` the others named join it as members where a season is known;
   * without it they compete and the best of them speaks. Unless given: the ensemble, else ARIMA and the naive family.
   */
  readonly models?: readonly string[];
}

/** What a forecast may need from outside of this folder. */
export interface Tools {
  /** Called only when a model of that library is asked for. */
  readonly augurs?: () => Augurs;
}

/** Every name that `models` may hold. */
export const MODELS: readonly string[] = ['ensemble', ...FAMILIES];

/**
 * Chooses by backtest, fits, calibrates the intervals and keeps them within the bounds: the ensemble where
 * a season is known and can be tested, else ARIMA and the naive family. Never throws. Some 20 to 50 ms:
 * run it in a worker.
 */
export function forecastSeries(
  history: Series,
  options: ForecastOptions,
  tools: Tools = {},
): ChosenForecast | NoForecast {
  try {
    return forecast(history, options, tools);
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

function forecast(
  whole: Series,
  options: ForecastOptions,
  tools: Tools,
): ChosenForecast | NoForecast {
  const { steps, levels, bounds = {}, models: names = ['ensemble'] } = options;
  const wrong = wrongRequest(steps, levels) ?? wrongNames(names);
  if (wrong !== undefined) return failed(wrong);
  const history = afterBreak(whole, options.season);
  const seasons = seasonsOf(history, options);
  const augurs = needsAugurs(names) ? tools.augurs?.() : undefined;
  const named = modelsOf(names, { season: seasons.short, longSeason: seasons.long, augurs });
  if (named.length === 0 && !names.includes('ensemble'))
    return failed(`none of ${names.join(', ')} can serve: they need a season or a library`);
  const seasonal = names.includes('ensemble')
    ? trySeasonal(history, options, { ...seasons, guests: named })
    : undefined;
  if (seasonal !== undefined) return chosenWithin(seasonal, bounds);
  const prepared = prepare(history, named.length === 0 ? {} : { maxPoints: MAX_SEASONAL_POINTS });
  if ('reason' in prepared) return prepared;
  const models = named.length === 0 ? undefined : named;
  const tournament = { steps, season: seasons.short, longSeason: seasons.long, models };
  const answer = playTournament(prepared, tournament, levels);
  return 'reason' in answer ? answer : chosenWithin(answer, bounds);
}

/** What came after the latest clear change of level, when that is enough to know a week from; else all of it. */
function afterBreak(history: Series, season: number | undefined): Series {
  const from = detectBreak(history.values, isSeason(season) ? season : undefined);
  if (from === 0) return history;
  const { start, step, values } = history;
  return { ...history, start: start + from * step, values: values.subarray(from) };
}

interface KnownSeasons {
  readonly short?: number | undefined;
  readonly long?: number | undefined;
  /** Whether the series itself, not the clock, says so. */
  readonly isDetected: boolean;
}

/** The season by the clock, and where none is given the series' own. */
function seasonsOf({ values }: Series, { season, longSeason }: ForecastOptions): KnownSeasons {
  if (isSeason(season)) return { short: season, long: longSeason, isDetected: false };
  return { short: season === undefined ? detectSeason(values) : undefined, isDetected: true };
}

function isSeason(season: number | undefined): season is number {
  return season !== undefined && Number.isInteger(season) && season >= 2;
}

function wrongNames(names: readonly string[]): string | undefined {
  const unknown = names.find((name) => !MODELS.includes(name));
  if (unknown !== undefined)
    return `no model is called ${unknown}: expected some of ${MODELS.join(', ')}`;
  return names.length === 0 ? 'no model is allowed to speak: name one at least' : undefined;
}

function trySeasonal(
  history: Series,
  { steps, levels }: ForecastOptions,
  { short, long, isDetected, guests }: KnownSeasons & { readonly guests: readonly Model[] },
): ChosenForecast | undefined {
  if (short === undefined) return undefined;
  const seasons = { short, long };
  return forecastSeasonal(history, { steps, levels, seasons, guests, mayRepeat: !isDetected });
}
