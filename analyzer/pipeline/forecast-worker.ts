// The worker thread's entry, and the only place that loads the models and their native code.
import { forecastSeries } from '../forecast/forecast-series.ts';
import type { Forecast, NoForecast } from '../series/forecast.ts';
import type { ForecastTask } from './forecast-task.ts';

// The native code behind the models can print; standard output belongs to the main program.
process.stdout.write = process.stderr.write.bind(process.stderr);

/** Never throws. */
export function forecast({ history, options }: ForecastTask): Forecast | NoForecast {
  return forecastSeries(history, options);
}
