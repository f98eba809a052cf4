// The measured worth of one forecast: the same model on the same history, some horizons ago, held against what came.
import type { Scores } from '../report/backtest-report.ts';
import type { Series } from '../series/series.ts';
import { type Outcome, scoreOutcomes, seasonalScale } from './backtest-score.ts';
import { forecastHistory, type QueryDeps, type QueryRequest, seasonsFor } from './replay-query.ts';

/** What the earliest forecast must still have to learn from. */
const MIN_TRAINING_SHARE = 1 / 2;
const MIN_TRAINING_POINTS = 14;

/** At most `origins` forecasts, a horizon apart, the newest ending where the history ends; null when it is too short. */
export async function measureAccuracy(
  deps: Pick<QueryDeps, 'pool' | 'signal'>,
  request: QueryRequest,
  { history, origins }: { readonly history: Series; readonly origins: number },
): Promise<Scores | null> {
  const { length } = history.values;
  const steps = Math.round(request.horizon / request.step);
  const ends = Array.from({ length: origins }, (_, k) => length - (k + 1) * steps).filter(
    (end) => end >= Math.max(MIN_TRAINING_POINTS, length * MIN_TRAINING_SHARE),
  );
  const outcomes = await Promise.all(
    ends.map(async (end) => {
      const training = { ...history, values: history.values.subarray(0, end) };
      const made = await forecastHistory(deps, request, training);
      if ('reason' in made) return [];
      return toOutcome(history, { end, forecast: made.forecast, season: seasonOf(request, end) });
    }),
  );
  return scoreOutcomes(outcomes.flat());
}

function seasonOf({ step }: QueryRequest, points: number): number | undefined {
  return seasonsFor(step, points * step).season;
}

/** Holds a forecast made from the first `end` values of a series against the values that follow. */
export function toOutcome(
  { values }: Series,
  {
    end,
    forecast,
    season,
  }: {
    readonly end: number;
    readonly forecast: Outcome['forecast'];
    readonly season: number | undefined;
  },
): Outcome {
  const steps = forecast.median.length;
  const history = values.subarray(0, end);
  const naive = lastFinite(history);
  const lag = season ?? 1;
  return {
    forecast,
    naive,
    actual: Float64Array.from({ length: steps }, (_, step) => values[end + step] ?? Number.NaN),
    yardstick: Float64Array.from({ length: steps }, (_, step) => {
      const before = season === undefined ? Number.NaN : history[end - lag + (step % lag)];
      return before === undefined || !Number.isFinite(before) ? naive : before;
    }),
    scale: seasonalScale(history, lag),
  };
}

function lastFinite(values: Float64Array): number {
  const index = values.findLastIndex((value) => Number.isFinite(value));
  return values[index] ?? Number.NaN;
}
