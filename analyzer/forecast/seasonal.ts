// Series that repeat by the day, with history to prove it: the ensemble, with intervals from its own backtests.
import type { Forecast } from '../series/forecast.ts';
import type { Series } from '../series/series.ts';
import { conformalWidths } from './conformal.ts';
import { combine, type Ensemble, type Seasons } from './ensemble.ts';
import { MAX_SEASONAL_POINTS, prepare } from './prepare.ts';
import { repeatSeason } from './repeat-season.ts';

export interface SeasonalRequest {
  readonly steps: number;
  readonly levels: readonly number[];
  readonly seasons: Seasons;
}

/** Undefined when the history is too short or too poor for it: the plain models then answer, or say why not. */
export function forecastSeasonal(
  history: Series,
  { steps, levels, seasons }: SeasonalRequest,
): Forecast | undefined {
  const prepared = prepare(history, { maxPoints: MAX_SEASONAL_POINTS, season: seasons.short });
  if ('reason' in prepared || prepared.halfRange === 0) return undefined;
  const { middle, halfRange } = prepared;
  const raw = prepared.values.map((value) => middle + halfRange * value);
  // One positive factor keeps signs and ratios, which the logarithm needs, and bounds every square.
  const unit = raw.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const ensemble = combine(
    raw.map((value) => value / unit),
    steps,
    usableSeasons(seasons, raw.length),
  );
  return ensemble === undefined
    ? repeatSeason(raw, { steps, levels, season: seasons.short })
    : withIntervals(ensemble, levels, unit);
}

/** A week that the history holds less than three times is not known yet. */
function usableSeasons({ short, long }: Seasons, length: number): Seasons {
  return { short, long: long !== undefined && length >= 3 * long ? long : undefined };
}

function withIntervals(ensemble: Ensemble, levels: readonly number[], unit: number): Forecast {
  const median = ensemble.path.map((value) => value * unit);
  const intervals = [...levels]
    .sort((a, b) => a - b)
    .map((level) => {
      const widths = conformalWidths(ensemble.errors, level);
      return {
        level,
        lower: median.map((value, step) => value - widths[step]! * unit),
        upper: median.map((value, step) => value + widths[step]! * unit),
      };
    });
  return { model: 'ensemble', median, intervals };
}
