// Series that repeat by the day, with history to prove it: the ensemble, with intervals from its own backtests.
import type { Series } from '../series/series.ts';
import type { ChosenForecast } from './chosen-forecast.ts';
import { conformalWidths, levelledWidths } from './conformal.ts';
import { combine, type Ensemble, type Membership, type Seasons } from './ensemble.ts';
import type { Model } from './model.ts';
import { MAX_SEASONAL_POINTS, prepare } from './prepare.ts';
import { repeatSeason } from './repeat-season.ts';
import { refitted } from './rolling.ts';

export interface SeasonalRequest {
  readonly steps: number;
  readonly levels: readonly number[];
  readonly seasons: Seasons;
  /** Models beyond the ensemble's own. */
  readonly guests?: readonly Model[];
  /** Whether yesterday may be repeated where the history is too short to test on: not for a season that was only detected. */
  readonly mayRepeat?: boolean;
}

/** Undefined when the history is too short or too poor for it: the plain models then answer, or say why not. */
export function forecastSeasonal(
  history: Series,
  { steps, levels, seasons, guests = [], mayRepeat = true }: SeasonalRequest,
): ChosenForecast | undefined {
  const prepared = prepare(history, { maxPoints: MAX_SEASONAL_POINTS, season: seasons.short });
  if ('reason' in prepared || prepared.halfRange === 0) return undefined;
  const { middle, halfRange } = prepared;
  const raw = prepared.values.map((value) => middle + halfRange * value);
  // One positive factor keeps signs and ratios, which the logarithm needs, and bounds every square.
  const unit = raw.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  const values = raw.map((value) => value / unit);
  const membership: Membership = {
    ...usableSeasons(seasons, raw.length),
    guests: guests.map(refitted),
  };
  const ensemble = combine(values, steps, membership);
  if (ensemble === undefined && !mayRepeat) return undefined;
  return ensemble === undefined
    ? repeatSeason(raw, { steps, levels, season: seasons.short })
    : withIntervals(ensemble, levels, { unit, hasLevel: values.every((value) => value >= 0) });
}

/** A week that the history holds less than three times is not known yet. */
function usableSeasons({ short, long }: Seasons, length: number): Seasons {
  return { short, long: long !== undefined && length >= 3 * long ? long : undefined };
}

interface Scale {
  readonly unit: number;
  /** Whether 0 is the least there can be, so that "large" means something. */
  readonly hasLevel: boolean;
}

function withIntervals(
  ensemble: Ensemble,
  levels: readonly number[],
  { unit, hasLevel }: Scale,
): ChosenForecast {
  const { path, errors, best, weights } = ensemble;
  const median = path.map((value) => value * unit);
  const intervals = [...levels]
    .sort((a, b) => a - b)
    .map((level) => {
      const widths = hasLevel
        ? levelledWidths(ensemble, path, level)
        : conformalWidths(errors, level);
      return {
        level,
        lower: median.map((value, step) => value - widths[step]! * unit),
        upper: median.map((value, step) => value + widths[step]! * unit),
      };
    });
  const single = { name: best.name, median: best.path.map((value) => value * unit) };
  return {
    model: 'ensemble',
    median,
    intervals: nested(intervals),
    single,
    ensemble: { members: weights, median },
  };
}

interface Band {
  readonly level: number;
  readonly lower: Float64Array;
  readonly upper: Float64Array;
}

/** Every level pools its own steps, so a wide one could come out narrower somewhere: it then takes the narrow one's bound. */
function nested(bands: readonly Band[]): Band[] {
  const result: Band[] = [];
  for (const { level, lower, upper } of bands) {
    const inner = result.at(-1);
    result.push({
      level,
      lower: lower.map((value, step) => Math.min(value, inner?.lower[step] ?? value)),
      upper: upper.map((value, step) => Math.max(value, inner?.upper[step] ?? value)),
    });
  }
  return result;
}
