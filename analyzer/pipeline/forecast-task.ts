// What travels to a forecast worker and back: plain data, small enough to copy.
import type { ForecastOptions } from '../forecast/forecast-series.ts';
import { MAX_SEASONAL_POINTS } from '../forecast/prepare.ts';
import type { Forecast, NoForecast } from '../series/forecast.ts';
import type { Series } from '../series/series.ts';

export interface ForecastTask {
  readonly history: Series;
  readonly options: ForecastOptions;
}

/** What came out, and the CPU time of the thread that it took. */
export type WorkerAnswer = (Forecast | NoForecast) & { readonly cpuSeconds?: number };

/**
 * A task with the values that the models use, in a buffer of their own, which moves to the worker: copying a
 * view to another thread would copy the whole buffer behind it. Labels stay behind, no model reads them.
 */
export function createForecastTask(history: Series, options: ForecastOptions): ForecastTask {
  const values = history.values.slice(-MAX_SEASONAL_POINTS);
  const start = history.start + (history.values.length - values.length) * history.step;
  return { history: { labels: {}, start, step: history.step, values }, options };
}
