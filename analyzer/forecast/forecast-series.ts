// The one door to forecasting: a history in, the best forecast that it allows out, or the reason for none.
import type { Forecast, NoForecast } from '../series/forecast.ts';
import type { Series } from '../series/series.ts';
import { type Bounds, withinBounds } from './bounds.ts';
import { type Candidate, rankModels } from './choose.ts';
import { failed, wrongRequest } from './forecaster.ts';
import { calibratedErrors, intervalsAround } from './intervals.ts';
import { type Prepared, prepare } from './prepare.ts';

export interface ForecastOptions {
  /** Steps ahead, 1 to 1,000; each as long as a step of the history. */
  readonly steps: number;
  /** Nominal coverages in (0, 1), such as 0.8 and 0.95. */
  readonly levels: readonly number[];
  readonly bounds?: Bounds;
  /** Length of a season in steps, when one is known; used from three seasons of history on. */
  readonly season?: number;
}

/**
 * Chooses by backtest, fits, calibrates the intervals and keeps them within the bounds. Uses the
 * last 720 values. Never throws. About 40 ms for 720 values and 60 steps: run it in a worker.
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
  const prepared = prepare(history);
  if ('reason' in prepared) return prepared;
  const ranked = rankModels(prepared.values, options.steps, options.season);
  for (const candidate of ranked) {
    const answer = speak(candidate, prepared, options);
    if (answer !== undefined) return withinBounds(answer, options.bounds ?? {});
  }
  return failed(`none of ${ranked.length} candidates gave a plausible path`);
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
