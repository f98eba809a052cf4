// The one door to forecasting: a history in, the best forecast that it allows out, or the reason for none.
import type { Forecast, NoForecast } from '../series/forecast.ts';
import type { Series } from '../series/series.ts';
import { type Bounds, withinBounds } from './bounds.ts';
import { type Candidate, rankModels } from './choose.ts';
import { failed, wrongRequest } from './forecaster.ts';
import { calibratedErrors, intervalsAround } from './intervals.ts';
import { type Prepared, prepare } from './prepare.ts';
import { forecastSeasonal } from './seasonal.ts';

export interface ForecastOptions {
  /** Steps ahead, 1 to 1,000; each as long as a step of the history. */
  readonly steps: number;
  /** Nominal coverages in (0, 1), such as 0.8 and 0.95. */
  readonly levels: readonly number[];
  readonly bounds?: Bounds;
  /** Steps of the short season (a day), when one is known; used from three seasons of history on. */
  readonly season?: number;
  /** Steps of the long season (a week), when the history may know it. */
  readonly longSeason?: number;
}

/**
 * Chooses by backtest, fits, calibrates the intervals and keeps them within the bounds: the ensemble where
 * a season is known and can be tested, else ARIMA and the naive family. Never throws. Some 20 to 50 ms:
 * run it in a worker.
 */
export function forecastSeries(history: Series, options: ForecastOptions): Forecast | NoForecast {
  try {
    return forecast(history, options);
  } catch (error) {
    return failed(error instanceof Error ? error.message : String(error));
  }
}

function forecast(history: Series, options: ForecastOptions): Forecast | NoForecast {
  const wrong = wrongRequest(options.steps, options.levels);
  if (wrong !== undefined) return failed(wrong);
  const seasonal = trySeasonal(history, options);
  if (seasonal !== undefined) return withinBounds(seasonal, options.bounds ?? {});
  const prepared = prepare(history);
  if ('reason' in prepared) return prepared;
  const ranked = rankModels(prepared.values, options.steps, options.season);
  for (const candidate of ranked) {
    const answer = speak(candidate, prepared, options);
    if (answer !== undefined) return withinBounds(answer, options.bounds ?? {});
  }
  return failed(`none of ${ranked.length} candidates gave a plausible path`);
}

function trySeasonal(
  history: Series,
  { steps, levels, season, longSeason }: ForecastOptions,
): Forecast | undefined {
  if (season === undefined || !Number.isInteger(season) || season < 2) return undefined;
  return forecastSeasonal(history, { steps, levels, seasons: { short: season, long: longSeason } });
}

function speak(
  { model, trial }: Candidate,
  prepared: Prepared,
  { steps, levels }: ForecastOptions,
): Forecast | undefined {
  const path = model.fit(prepared.values)?.predict(steps);
  if (path === undefined) return undefined;
  const errors = calibratedErrors(path, trial);
  return intervalsAround({ model, path, errors, prepared, levels });
}
