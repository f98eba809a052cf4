// What a chart of a backtest shows: the series, and forecasts that do not overlap.
import type { Example, ExampleForecast } from '../report/backtest-report.ts';
import { withoutLabels } from '../series/labels.ts';
import type { Truth } from './backtest-truth.ts';
import type { PastForecast } from './replay.ts';

export const MAX_EXAMPLES = 3;
/** Points of the drawn past: more than a page has pixels for. */
const MAX_POINTS = 1_500;
const MAX_FORECASTS = 12;
/** Forecasts farther apart than this many horizons are dots on a long axis: the newest alone is drawn. */
const MAX_APART = 4;
/** What is drawn of the past before a single forecast, in horizons. */
const PAST_HORIZONS = 3;

/** Undefined where nothing was measured; of the past, what leads to the forecasts drawn. */
export function exampleOf(
  truth: Truth,
  key: string,
  forecasts: readonly PastForecast[],
): Example | undefined {
  const first = forecasts[0];
  const series = first && truth.series(key, first.step);
  if (first === undefined || series === undefined) return undefined;
  const span = first.step * first.forecast.median.length;
  const drawn = apart(forecasts);
  const distance = (drawn.at(-1)!.end - drawn[0]!.end) / Math.max(1, drawn.length - 1);
  const alone = distance > MAX_APART * span;
  const chosen = alone ? drawn.slice(-1) : drawn;
  const from = chosen[0]!.end - (alone ? PAST_HORIZONS : 1) * span;
  const points = Array.from(
    series.values,
    (value, index) => [series.start + index * series.step, value] as const,
  ).filter(([time, value]) => Number.isFinite(value) && time >= from);
  const every = Math.ceil(points.length / MAX_POINTS);
  return {
    labels: withoutLabels(first.labels),
    limit: first.limit ?? null,
    actual: points.filter((_, index) => index % every === 0),
    forecasts: chosen.map(toExample),
  };
}

/** Those that begin after the one before has ended. */
function apart(forecasts: readonly PastForecast[]): PastForecast[] {
  let free = Number.NEGATIVE_INFINITY;
  return forecasts
    .filter(({ end, step, forecast }) => {
      if (end < free) return false;
      free = end + step * forecast.median.length;
      return true;
    })
    .slice(-MAX_FORECASTS);
}

function toExample({ end, step, forecast }: PastForecast): ExampleForecast {
  return {
    model: forecast.model,
    times: Array.from(forecast.median, (_, index) => end + (index + 1) * step),
    median: [...forecast.median],
    bands: [...forecast.intervals].reverse().map(({ level, lower, upper }) => ({
      level,
      lower: [...lower],
      upper: [...upper],
    })),
  };
}
